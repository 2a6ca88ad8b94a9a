"""Every error of the command line says what a person can do next."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CLI = Path(__file__).resolve().parents[2] / "headway" / "cli"
ERRORS = {"BadInput", "Refused", "Unreachable"}
MANY_IN_ONE = "'\\n'.join(found)"
"""Findings, each of which says it itself."""


def raised(file: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
            yield node


@pytest.mark.parametrize("file", sorted(CLI.rglob("*.py")), ids=lambda file: str(file.relative_to(CLI)))
def test_no_error_leaves_a_person_without_a_next_step(file: Path) -> None:
    without = [
        f"line {call.lineno}: {ast.unparse(call)}"
        for call in raised(file)
        if "next_step" not in {keyword.arg for keyword in call.keywords}
        and [ast.unparse(each) for each in call.args] != [MANY_IN_ONE]
    ]
    assert without == []

"""docs/security.md names a test for each thing that it says is stopped; each of them is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (ROOT / "docs" / "security.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", DOCUMENT)))


def names_in(file: Path) -> set[str]:
    """Of a module and of its classes."""
    return set(re.findall(r"^ *def (\w+)\(", file.read_text(), re.MULTILINE))


def test_each_test_that_is_named_is_there() -> None:
    known = {file: names_in(ROOT / file) for file, _ in NAMED if (ROOT / file).is_file()}
    assert NAMED
    assert [f"{file}::{name}" for file, name in NAMED if name not in known.get(file, ())] == []


def test_each_row_of_a_table_names_one() -> None:
    rows = [line for line in DOCUMENT.splitlines() if line.startswith("| ")]
    claims = [row for row in rows if not row.startswith(("| ---", "| what "))]
    assert claims
    assert [row for row in claims if "`tests/" not in row.rsplit("| ", 1)[-1]] == []

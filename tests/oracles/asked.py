"""Ten thousand cases through one process: what Helm's own libraries say to each (sandbox/cmd/oracle)."""

import json
import random
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import pytest

from sandbox.address import Address

_Case = TypeVar("_Case")
CASES = 10_000
SEED = 20261126


def cases(make: Callable[[random.Random], _Case], count: int = CASES) -> list[_Case]:
    """The same in every run."""
    chance = random.Random(SEED)
    return [make(chance) for _ in range(count)]


def answers(sandbox: Address, oracle: str, questions: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """One to each question; `error` where Go refuses."""
    program, lines = sandbox.bin / "oracle", "\n".join(map(json.dumps, questions))
    if not program.exists():
        pytest.fail("this test needs what the sandbox builds: run make up")
    done = subprocess.run(
        [program, oracle], input=lines, capture_output=True, text=True, check=True, timeout=120
    )
    said = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert len(said) == len(questions), "the oracle answers each"
    return said


def told(differences: Sequence[object]) -> str:
    """The first of them, for a person."""
    return f"{len(differences)} differ, such as:\n" + "\n".join(map(str, differences[:20]))

"""Lines of a log that is about several environments: each begins with its own."""

from collections.abc import Sequence
from typing import TypeVar

_At = TypeVar("_At")


def line(environment: str, said: str) -> str:
    return f"{environment}: {said}"


def said_of(environment: str, line: str) -> str | None:
    """What a line says of an environment; None where it is about another, or about the run."""
    start = f"{environment}: "
    return line.removeprefix(start) if line.startswith(start) else None


def of(environment: str, lines: Sequence[tuple[_At, str]]) -> Sequence[tuple[_At, str]]:
    """What a log says of an environment; the whole of one that is about no other. `lines`: each with its time."""
    said = ((at, said_of(environment, line)) for at, line in lines)
    return [(at, line) for at, line in said if line is not None] or lines

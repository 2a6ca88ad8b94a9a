"""Pictures that are boxes in a row, or in rows: their size, and the texts that fit into a box."""

from dataclasses import dataclass
from typing import Generic, TypeVar

LETTERS = 20
"""Of a text in a box; what is longer is cut, and stands whole in the table below the picture."""
_EDGE = 4
_Box = TypeVar("_Box")


@dataclass(frozen=True, slots=True)
class Picture(Generic[_Box]):
    width: int
    height: int
    boxes: tuple[_Box, ...]
    sentence: str
    """What the picture shows, for people who do not see it."""


def length(boxes: int, size: int, gap: int) -> int:
    """Length of so many boxes beside, or below, each other."""
    return max(0, boxes * (size + gap) - gap) + _EDGE


def cut(text: str, letters: int = LETTERS) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1]}…"

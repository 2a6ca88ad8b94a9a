"""An application's environments as a picture: boxes in the order in which versions pass through them."""

from collections.abc import Sequence
from dataclasses import dataclass

from headway.decide.review.board import Cell

WIDTH, HEIGHT, GAP = 170, 74, 40
_LETTERS = 20
"""Of a text in a box; what is longer is cut, and stands whole in the table below the picture."""


@dataclass(frozen=True, slots=True)
class Box:
    x: int
    health: str
    environment: str
    version: str
    more: str


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    boxes: tuple[Box, ...]
    sentence: str
    """The same for whoever does not see it."""


def drawn(cells: Sequence[Cell]) -> Picture:
    """One cell an environment."""
    boxes = tuple(
        Box(
            x=2 + at * (WIDTH + GAP),
            health=each.health,
            environment=_cut(each.status.ref.environment),
            version=_cut(each.status.version or "nothing"),
            more=_cut(
                f"{each.status.waits} waits" if each.status.waits else f"{each.status.state}, {each.age} old"
            ),
        )
        for at, each in enumerate(cells)
    )
    sentence = "; ".join(
        f"{each.status.ref.environment}: {each.status.version or 'nothing'}, {each.status.state}"
        for each in cells
    )
    return Picture(max(0, len(cells) * (WIDTH + GAP) - GAP) + 4, HEIGHT + 4, boxes, sentence)


def _cut(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"

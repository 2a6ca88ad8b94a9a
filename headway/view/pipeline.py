"""An application's environments as a picture: boxes in the order in which versions pass through them."""

from collections.abc import Sequence
from dataclasses import dataclass

from headway.decide.review.board import Cell
from headway.view.boxes import Picture, cut, length

WIDTH, HEIGHT, GAP = 170, 74, 40


@dataclass(frozen=True, slots=True)
class Box:
    x: int
    health: str
    environment: str
    version: str
    more: str


def drawn(cells: Sequence[Cell]) -> Picture[Box]:
    """One cell an environment."""
    boxes = tuple(
        Box(
            x=2 + at * (WIDTH + GAP),
            health=each.health,
            environment=cut(each.status.ref.environment),
            version=cut(each.status.version or "nothing"),
            more=cut(
                f"{each.status.asks.version if each.status.asks else each.status.waits} waits"
                if each.status.waiting
                else f"{each.status.called}, {each.age} old"
            ),
        )
        for at, each in enumerate(cells)
    )
    sentence = "; ".join(
        f"{each.status.ref.environment}: {each.status.version or 'nothing'}, {each.status.called}"
        for each in cells
    )
    return Picture(length(len(cells), WIDTH, GAP), length(1, HEIGHT, GAP), boxes, sentence)

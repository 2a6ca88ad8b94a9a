"""A change's stages as a picture: boxes in the order in which it passes them, broken into rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from headway.decide.review import stage_times
from headway.decide.review.board import Health
from headway.decide.review.delivery_facts import Stage, Standing
from headway.decide.review.history_table import took
from headway.view.boxes import Picture, cut, length
from headway.view.pages import moment

WIDTH, HEIGHT, GAP, IN_A_ROW = 170, 62, 30, 4
TITLES = ("Environment", *(each.capitalize() for each in stage_times.STAGES), "Tested at")
LOOK: dict[Standing, Health] = {
    Standing.DONE: "well",
    Standing.UNDER_WAY: "waits",
    Standing.WAITS: "waits",
    Standing.WENT_BACK: "trouble",
    Standing.LEFT_ALONE: "held",
    Standing.AHEAD: "unknown",
    Standing.UNKNOWN: "unknown",
}


@dataclass(frozen=True, slots=True)
class Box:
    x: int
    y: int
    look: Health
    name: str
    standing: str
    leads_on: bool
    """To one beside it."""


def drawn(stages: Sequence[Stage]) -> Picture[Box]:
    boxes = tuple(
        Box(
            x=2 + (at % IN_A_ROW) * (WIDTH + GAP),
            y=2 + (at // IN_A_ROW) * (HEIGHT + GAP),
            look=LOOK[each.standing],
            name=cut(each.name),
            standing=each.standing.value,
            leads_on=at + 1 < len(stages) and at % IN_A_ROW != IN_A_ROW - 1,
        )
        for at, each in enumerate(stages)
    )
    rows = -(-len(stages) // IN_A_ROW)
    across = min(len(stages), IN_A_ROW)
    sentence = "; ".join(f"{each.name}: {each.standing.value}" for each in stages)
    return Picture(length(across, WIDTH, GAP), length(rows, HEIGHT, GAP), boxes, sentence)


def times(stages: Sequence[Stage]) -> list[list[str]]:
    """A row for each environment that it came to: how long each stage took; "not known" where nobody knows, or not yet."""
    return [
        [
            each.name,
            *(_time(each.moments.seconds(stage)) for stage in stage_times.STAGES),
            moment(each.moments.tested) if each.moments.tested else "not yet",
        ]
        for each in stages
        if each.moments
    ]


def _time(seconds: float | None) -> str:
    return "not known" if seconds is None else took(seconds)

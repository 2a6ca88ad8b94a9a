"""Lead time and failure rate over time, as a picture with its numbers beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from headway.decide.review.figures import Figures, Part
from headway.decide.review.history_table import took

WIDTH, HEIGHT, LEFT, TOP, PANEL, GAP = 340, 210, 8, 18, 70, 34
TITLES = ("From", "Deployments", "Lead time", "Failed")


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Picture:
    title: str
    sentence: str
    """What the picture shows, for people who do not see it."""
    name: str
    """Of the picture within the page."""
    dots: tuple[Dot, ...]
    line: str
    """Points of a polyline through the dots."""
    bars: tuple[Bar, ...]
    longest: str
    """The lead time at the top of its panel."""
    since: str
    until: str
    rows: tuple[tuple[str, ...], ...]


def drawn(each: Figures, number: int) -> Picture | None:
    """None where nothing was changed in all that time."""
    parts = each.trend
    if not any(part.changes for part in parts):
        return None
    step = (WIDTH - 2 * LEFT) / len(parts)
    leads = [(at, part.lead_seconds) for at, part in enumerate(parts) if part.lead_seconds is not None]
    longest = max((seconds for _, seconds in leads), default=0.0)
    dots = tuple(
        Dot(
            round(LEFT + step * (at + 0.5), 1),
            round(TOP + PANEL * (1 - (seconds / longest if longest else 0)), 1),
        )
        for at, seconds in leads
    )
    below = TOP + PANEL + GAP
    bars = tuple(
        Bar(
            round(LEFT + step * (at + 0.2), 1),
            round(below + PANEL * (1 - rate), 1),
            round(step * 0.6, 1),
            round(PANEL * rate, 1),
        )
        for at, part in enumerate(parts)
        if (rate := part.failure_rate)
    )
    return Picture(
        title=f"{each.ref}: lead time and failures",
        sentence=_sentence(parts),
        name=f"trend-{number}",
        dots=dots,
        line=" ".join(f"{dot.x},{dot.y}" for dot in dots),
        bars=bars,
        longest=took(longest) if leads else "not known",
        since=f"{each.since:%Y-%m-%d}",
        until=f"{each.until:%Y-%m-%d}",
        rows=tuple(_row(part) for part in parts if part.changes),
    )


def _row(part: Part) -> tuple[str, ...]:
    rate = part.failure_rate
    return (
        f"{part.since:%Y-%m-%d %H:%M}",
        str(part.deployments),
        took(part.lead_seconds),
        "-" if rate is None else f"{part.failures} of {part.changes} ({rate:.0%})",
    )


def _sentence(parts: Sequence[Part]) -> str:
    return "; ".join(
        f"from {part.since:%Y-%m-%d}: lead time {took(part.lead_seconds)}, {part.failures} of {part.changes} failed"
        for part in parts
        if part.changes
    )

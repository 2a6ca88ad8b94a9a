"""Seconds by phase, and what is said of several rounds: median and spread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

TOTAL = "in all"


@dataclass(frozen=True, slots=True)
class Round:
    """One delivery; `phases` in their order, seconds. `total` may be more than their sum."""

    phases: Mapping[str, float]
    total: float

    def seconds(self, phase: str) -> float:
        return self.total if phase == TOTAL else self.phases.get(phase, 0.0)


def table(title: str, rounds: Sequence[Round]) -> str:
    """Markdown: each phase with median and spread."""
    names = [*dict.fromkeys(name for each in rounds for name in each.phases), TOTAL]
    lines = [f"| {title} | median s | min - max |", "| --- | ---: | ---: |"]
    for name in names:
        seconds = [each.seconds(name) for each in rounds]
        lines.append(f"| {name} | {median(seconds):.2f} | {min(seconds):.2f} - {max(seconds):.2f} |")
    return "\n".join(lines)


def median_and_spread(rounds: Sequence[Round]) -> str:
    """Of all that they took, in seconds; one alone without a spread."""
    seconds = [each.total for each in rounds]
    spread = f" ({min(seconds):.2f} - {max(seconds):.2f})" if len(seconds) > 1 else ""
    return f"{median(seconds):.2f}{spread}"


def ratio(ours: Sequence[Round], theirs: Sequence[Round]) -> str:
    """Median and spread of the rounds taken in pairs."""
    pairs = [a.total / b.total for a, b in zip(ours, theirs, strict=False)]
    return f"{median(pairs):.2f} ({min(pairs):.2f} - {max(pairs):.2f})"

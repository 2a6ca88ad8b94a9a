"""When many hints are one look: as soon as it is quiet, and after a time though it is not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from headway.model.events import Event


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds."""

    quiet: float
    """Without a further hint for the application."""
    longest: float
    """Since the first one."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What waits for one application. Times are seconds of one clock, whichever it is."""

    event: Event
    """The first: it stands for all."""
    first: float
    last: float

    def due(self, patience: Patience) -> float:
        return min(self.last + patience.quiet, self.first + patience.longest)


Waiting = Mapping[str, Gathered]
"""By application."""


def with_hints(waiting: Waiting, events: Iterable[Event], now: float) -> dict[str, Gathered]:
    joined = dict(waiting)
    for event in events:
        known = joined.get(event.application)
        joined[event.application] = replace(known, last=now) if known else Gathered(event, now, now)
    return joined


def due(waiting: Waiting, patience: Patience, now: float) -> tuple[Event, ...]:
    """What is told now."""
    return tuple(each.event for each in waiting.values() if each.due(patience) <= now)


def seconds_to_next(waiting: Waiting, patience: Patience, now: float) -> float | None:
    """None where nothing waits."""
    times = [each.due(patience) - now for each in waiting.values()]
    return max(0.0, min(times)) if times else None

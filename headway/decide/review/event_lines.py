"""Events as lines of evidence: those of this try alone, and what was said again and again once."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MOST = 30
_TO_THE_SECOND = len("2026-11-23T10:00:00")
Event = Mapping[str, Any]


def event_time(event: Event) -> str:
    """RFC 3339, when it was seen last."""
    seen = _series(event).get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return str(seen or event["metadata"]["creationTimestamp"])


@dataclass(frozen=True, slots=True)
class EventLines:
    """The newest MOST of each kind, oldest first."""

    warnings: tuple[str, ...] = ()
    ordinary: tuple[str, ...] = ()


NO_EVENTS = EventLines()


def lines(events: Iterable[Event], since: str = "") -> EventLines:
    """`events` oldest first. `since`: when the try began, by the API server's clock; objects of an earlier install had the
    same names.
    """
    ours = [event for event in events if event_time(event)[:_TO_THE_SECOND] >= since[:_TO_THE_SECOND]]
    warnings = [event for event in ours if event.get("type") != "Normal"]
    return EventLines(_once(warnings), _once(event for event in ours if event.get("type") == "Normal"))


def _once(events: Iterable[Event]) -> tuple[str, ...]:
    counts: Counter[str] = Counter()
    seen: dict[str, str] = {}
    for event in events:
        said = _said(event)
        counts[said] += _series(event).get("count") or event.get("count") or 1
        seen.pop(said, None)
        seen[said] = event_time(event)
    return tuple(f"{at} {said}{_times(counts[said])}" for said, at in list(seen.items())[-MOST:])


def _series(event: Event) -> Event:
    """What those that write to events.k8s.io say in place of `lastTimestamp` and `count`, the scheduler among them."""
    series: Event = event.get("series") or {}
    return series


def _said(event: Event) -> str:
    involved, message = event["involvedObject"], " ".join(str(event.get("message", "")).split())
    return f"{involved['kind']}/{involved['name']} {event.get('reason')}: {message}"


def _times(count: int) -> str:
    return f" (x{count})" if count > 1 else ""

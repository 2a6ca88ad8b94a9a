"""Events as lines of evidence: those of this try alone, and what was said again and again once."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

MOST = 30
_TO_THE_SECOND = len("2026-11-23T10:00:00")
Event = Mapping[str, Any]


def event_time(event: Event) -> str:
    """RFC 3339, when it was seen last."""
    seen = _series(event).get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return str(seen or event["metadata"]["creationTimestamp"])


def lines(events: Iterable[Event], since: str = "") -> tuple[str, ...]:
    """The newest MOST, oldest first, as `events` are: warnings, or all where there is none.

    `since`: when the try began, by the API server's clock; objects of an earlier install had the same names.
    """
    ours = [event for event in events if event_time(event)[:_TO_THE_SECOND] >= since[:_TO_THE_SECOND]]
    counts: Counter[str] = Counter()
    seen: dict[str, str] = {}
    for event in [each for each in ours if each.get("type") != "Normal"] or ours:
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

"""Times as people write them into tags: 20260115, 2026-01-15, 20260115T101112, 2026-01-15-10-11, and as labels have them."""

import re
from datetime import UTC, datetime

_DATE = re.compile(
    r"([0-9]{4})([-._]?)([0-9]{2})\2([0-9]{2})"
    r"(?:[-._T]?([0-9]{2})[-._:]?([0-9]{2})(?:[-._:]?([0-9]{2}))?Z?)?"
)


def read(text: str) -> tuple[int, ...] | None:
    """Year, month and day, then hour and minute, then second, as far as they are given; None for what is no time."""
    if len(text) > 32 or not (found := _DATE.fullmatch(text)):
        return None
    numbers = tuple(
        int(each) for at, each in enumerate(found.groups(), start=1) if at != 2 and each is not None
    )
    year, month, day, *time = numbers
    try:
        datetime(year, month, day, *time, tzinfo=UTC)  # type: ignore[misc, arg-type]
    except ValueError:
        return None
    return numbers


def instant(text: str) -> datetime | None:
    """Of RFC 3339; None for what is no time, or names no zone. Before 1980 nothing was built: so tools write that they do not
    say (SOURCE_DATE_EPOCH)."""
    try:
        found = datetime.fromisoformat(_cut(text))
    except ValueError:
        return None
    return found if found.tzinfo and found.year >= 1981 else None


def _cut(text: str) -> str:
    """At microseconds: Go writes nanoseconds."""
    return re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text[:64])

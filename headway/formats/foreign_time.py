"""A time as somebody else wrote it into a label or an annotation."""

from datetime import UTC, datetime


def read(text: str) -> datetime | None:
    """RFC 3339 with a zone, as UTC; None for anything else."""
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else None
    except (ValueError, OverflowError):
        return None


def latest(*texts: object) -> str:
    """The one of them that names the latest time, as it was written; empty where none is a time."""
    times = {text: time for text in texts if isinstance(text, str) and (time := read(text))}
    return max(times, key=lambda text: times[text], default="")

"""A time as somebody else wrote it into a label or an annotation."""

from datetime import UTC, datetime


def read(text: str) -> datetime | None:
    """RFC 3339 with a zone, as UTC; None for anything else."""
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else None
    except (ValueError, OverflowError):
        return None

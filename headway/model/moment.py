"""Times that others wrote: in UTC, and far enough from the ends of the calendar that one may count with them."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

EARLIEST, LATEST = 1970, 9000
"""Years."""


def in_utc(time: datetime) -> datetime:
    """One without a zone is taken for UTC. ValueError for what nobody could have seen."""
    if not EARLIEST <= time.year <= LATEST:
        raise ValueError(f"{time.isoformat()} is no time of a release")
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def of_seconds(seconds: int) -> datetime:
    """Since the epoch, as git has them; 1970 for what nobody could have seen."""
    try:
        return in_utc(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return datetime(EARLIEST, 1, 1, tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(in_utc)]

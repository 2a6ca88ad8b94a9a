"""When a server says that it may be asked again."""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime


def seconds(value: str, date: str, now: float) -> float | None:
    """Of a Retry-After header, in seconds or as a date; None where it says neither. Never below 0.

    `date`: the answer's own Date header, against which a date counts, whatever this machine's clock says; `now`, in seconds
    since 1970, where it has none. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) < 16:
        return float(text)
    wanted = _moment(text)
    if wanted is None:
        return None
    said = _moment(date)
    return max(0.0, wanted - (now if said is None else said))


def of_answer(headers: Mapping[str, str], now: float) -> float | None:
    """The same, of an answer's headers."""
    return seconds(headers.get("Retry-After", ""), headers.get("Date", ""), now)


def _moment(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None

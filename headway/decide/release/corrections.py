"""How often drift is corrected: whoever sets the same field again and again has a reason, and wins in the end.

The pause doubles with each correction in a row of the same fields, and after LIMIT of them what differs is left and said, until
another version comes or a person starts a release.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from headway.decide.release.observation import same
from headway.model.record import Attempt, ReleaseRecord

LIMIT = 5
"""Corrections in a row of the same fields."""
APART = timedelta(minutes=10)
"""After the first correction, whatever differs then; it doubles with each one of the same fields."""
_IN_A_ROW = timedelta(days=1)


def counted(record: ReleaseRecord, drift: Collection[str], now: datetime) -> int:
    """The place in its row of a correction that begins `now`."""
    before = _former(record, drift)
    if before is None or not before.corrections or now - _end(before) > _IN_A_ROW:
        return 1
    return before.corrections + 1


def in_vain(record: ReleaseRecord, drift: Collection[str]) -> bool:
    """The same fields have come back as often as is borne."""
    before = _former(record, drift)
    return before is not None and before.corrections >= LIMIT


def due(record: ReleaseRecord, drift: Collection[str]) -> datetime | None:
    """When the next correction may begin; None: now."""
    newest, before = (record.attempts[0] if record.attempts else None), _former(record, drift)
    if newest is None or newest.kind != "rollback":
        return None
    return _end(newest) + APART * (1 << max((before.corrections if before else 1) - 1, 0))


def _former(record: ReleaseRecord, drift: Collection[str]) -> Attempt | None:
    """The last correction of what is deployed that any of the same fields was in; others may have come between."""
    for attempt in record.attempts:
        if attempt.kind != "rollback" or not same(attempt, record.attempts[0]):
            return None
        if {*attempt.corrects} & {*drift}:
            return attempt
    return None


def _end(attempt: Attempt) -> datetime:
    return attempt.ended_at or attempt.started_at

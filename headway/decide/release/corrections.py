"""How often drift is corrected: whoever sets the same field again and again has a reason, and wins in the end.

Each field has its own row: the pause doubles with each correction in it, and after LIMIT of them the field is left and said,
until another version comes or a person starts a release. A correction applies the whole release: one field that is still due
brings the others along.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from headway.decide.release.observation import same
from headway.model.record import CORRECTS_LIMIT, Attempt, ReleaseRecord

LIMIT = 5
"""Corrections of a field in a row."""
APART = timedelta(minutes=10)
"""After the first correction, whatever differs then; it doubles with each one of the same field."""
_IN_A_ROW = timedelta(days=1)
_OTHERS = "others"
"""Stands in a record for the fields that it has no room for, together: no field is named so."""


def counted(record: ReleaseRecord, drift: Collection[str], now: datetime) -> Mapping[str, int]:
    """How often each drifted field has been corrected in a row, with the correction that begins `now`. At most CORRECTS_LIMIT
    fields; where there are more, the last entry stands for all others."""
    fields = [*drift] if len(drift) <= CORRECTS_LIMIT else [*[*drift][: CORRECTS_LIMIT - 1], _OTHERS]
    return {field: _counted(record, field, now) for field in fields}


def in_vain(record: ReleaseRecord, drift: Collection[str]) -> bool:
    """Whether each of these fields has been corrected LIMIT times in a row."""
    return bool(drift) and all(_times(record, field) >= LIMIT for field in drift)


def due(record: ReleaseRecord, drift: Collection[str]) -> datetime | None:
    """When the next correction may begin; None: now."""
    newest = record.attempts[0] if record.attempts else None
    if newest is None or newest.kind != "rollback":
        return None
    fewest = min((_times(record, field) for field in drift), default=0)
    return _end(newest) + APART * (1 << max(fewest - 1, 0))


def _counted(record: ReleaseRecord, field: str, now: datetime) -> int:
    before = _former(record, field)
    if before is None or now - _end(before) > _IN_A_ROW:
        return 1
    return _times_in(before, field) + 1


def _times(record: ReleaseRecord, field: str) -> int:
    before = _former(record, field)
    return _times_in(before, field) if before else 0


def _former(record: ReleaseRecord, field: str) -> Attempt | None:
    """The last attempt that corrected this field, for what is deployed now; corrections of other fields may have come since."""
    for attempt in record.attempts:
        if attempt.kind != "rollback" or not same(attempt, record.attempts[0]):
            return None
        if _times_in(attempt, field):
            return attempt
    return None


def _times_in(attempt: Attempt, field: str) -> int:
    return attempt.corrected.get(field, attempt.corrected.get(_OTHERS, 0))


def _end(attempt: Attempt) -> datetime:
    return attempt.ended_at or attempt.started_at

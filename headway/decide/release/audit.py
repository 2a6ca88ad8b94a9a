"""Writes a decision into the record's audit."""

from headway.model.audit import AUDIT_LIMIT, WHY_LIMIT, AuditEntry, Decided, Said
from headway.model.record import ReleaseRecord


def noted(
    record: ReleaseRecord,
    kind: Decided,
    said: Said,
    *,
    version: str = "",
    digest: str = "",
    plan: str = "",
) -> ReleaseRecord:
    entry = AuditEntry(
        kind=kind,
        by=said.by,
        at=said.at,
        why=said.why[:WHY_LIMIT],
        version=version,
        digest=digest,
        run=said.run,
        plan=plan,
    )
    return record.model_copy(update={"audit": (entry, *record.audit)[:AUDIT_LIMIT]})


def added(before: ReleaseRecord, after: ReleaseRecord) -> tuple[AuditEntry, ...]:
    """Entries that `after` has and `before` has not, the oldest first."""
    count = next(
        place for place in range(len(after.audit) + 1) if _is_start(after.audit[place:], before.audit)
    )
    return tuple(reversed(after.audit[:count]))


def _is_start(entries: tuple[AuditEntry, ...], of: tuple[AuditEntry, ...]) -> bool:
    return entries == of[: len(entries)]

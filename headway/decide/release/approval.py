"""How far an approval goes: it is for the plan that was shown, and for what is begun on it until that has ended.

It is kept in the release record, so that it holds whatever becomes of the run in which it was given. Whoever says
otherwise afterwards (a roll back, a freeze, a rejection) ends it; see transitions.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from headway.decide.release.observation import ReleaseFingerprint, last_attempt
from headway.model.audit import AuditEntry, Decided
from headway.model.record import Approval, Asked, ReleaseRecord

PATIENCE = timedelta(days=7)
"""How long a run waits for its approval before it fails; the next look asks again."""
_ANSWERS: tuple[Decided, ...] = ("approved", "rejected")
_GOES_ON: tuple[Decided, ...] = (
    "adopted",
    "started",
    "promoted",
    "hold-lifted",
    "freeze-lifted",
    "bar-lifted",
)


def covers(
    record: ReleaseRecord | None, content: ReleaseFingerprint, plan: Collection[str]
) -> Approval | None:
    """The approval by which `content` may be released now. None where a person has to be asked.

    `plan`: keys under which somebody may have been shown what would be done now. An attempt that is made again starts from
    another revision, so its plan is another one: where the first was made on this approval, the content alone decides.
    """
    approval = record.approval if record else None
    if record is None or approval is None or approval.chart_digest != content.chart_digest:
        return None
    if approval.begun:
        return approval if last_attempt(record, content) else None
    return approval if approval.plan in plan else None


def asked(record: ReleaseRecord | None, now: datetime) -> Asked | None:
    """What the gate asks about; None where it asks nobody, or the record does not know: that of a first release, or of an older
    Headway. A run whose patience has ended asks no more, whether or not somebody has looked since."""
    question = record.asked if record else None
    return question if question and now - question.at < PATIENCE else None


def is_written(record: ReleaseRecord | None, run: str, plan: str) -> bool:
    """Whether the answer that was given in a run to a plan is in the record, whatever has become of it since."""
    return record is not None and any(
        entry.kind in _ANSWERS and (entry.run, entry.plan) == (run, plan) for entry in record.audit
    )


def declined(record: ReleaseRecord, chart_digest: str) -> AuditEntry | None:
    """Who said no to a package; None where nobody did, or somebody decided later that it may go on."""
    for entry in record.audit:
        if _goes_on(entry, chart_digest):
            return None
        if (entry.kind, entry.digest) == ("rejected", chart_digest):
            return entry
    return None


def goes_on_since(record: ReleaseRecord, chart_digest: str) -> datetime | None:
    """When somebody last decided that a package may go on: a no from before does not count any more."""
    return next((entry.at for entry in record.audit if _goes_on(entry, chart_digest)), None)


def _goes_on(entry: AuditEntry, chart_digest: str) -> bool:
    return entry.kind in _GOES_ON or (entry.kind, entry.digest) == ("approved", chart_digest)


def in_words(approval: Approval) -> str:
    """Such as "approved by Ada: checked"; for Helm's history."""
    return f"approved by {approval.by}" + (f": {approval.why}" if approval.why else "")

"""How far an approval goes: it is for the plan that was shown, and for what is begun on it until that has ended.

It is kept in the release record, so that it holds whatever becomes of the run in which it was given. Whoever says
otherwise afterwards (a roll back, a freeze, a rejection) ends it; see transitions.
"""

from collections.abc import Collection

from headway.decide.release.observation import ReleaseFingerprint, last_attempt
from headway.model.audit import AuditEntry, Decided
from headway.model.record import Approval, ReleaseRecord

_ANSWERS: tuple[Decided, ...] = ("approved", "rejected")
GOES_ON = frozenset[Decided](
    {"approved", "adopted", "started", "promoted", "hold-lifted", "freeze-lifted", "bar-lifted"}
)
"""Whoever decides so takes back what was said no to before: somebody is asked again."""


def covers(
    record: ReleaseRecord | None, content: ReleaseFingerprint, plan: Collection[str]
) -> Approval | None:
    """The approval by which `content` may be released now. None where a person has to be asked.

    `plan`: keys under which somebody may have been shown what would be done now.

    What was begun on it and cut off, or is tried again, starts from another revision: then its content decides.
    """
    approval = record.approval if record else None
    if record is None or approval is None or approval.chart_digest != content.chart_digest:
        return None
    if approval.begun:
        return approval if last_attempt(record, content) else None
    return approval if approval.plan in plan else None


def is_written(record: ReleaseRecord | None, run: str, plan: str) -> bool:
    """Whether the answer that was given in a run to a plan is in the record, whatever has become of it since."""
    return record is not None and any(
        entry.kind in _ANSWERS and (entry.run, entry.plan) == (run, plan) for entry in record.audit
    )


def declined(record: ReleaseRecord, chart_digest: str) -> AuditEntry | None:
    """The no that was said to a package; None where nobody answered it, or somebody decided later that it goes on."""
    said = (e for e in record.audit if e.kind in GOES_ON or (e.kind, e.digest) == ("rejected", chart_digest))
    newest = next(said, None)
    return newest if newest and newest.kind == "rejected" else None


def in_words(approval: Approval) -> str:
    """Such as "approved by Ada: checked"; for Helm's history."""
    return f"approved by {approval.by}" + (f": {approval.why}" if approval.why else "")

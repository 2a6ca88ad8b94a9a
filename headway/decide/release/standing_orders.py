"""Transitions of the release record by what is ordered: approvals, holds and freezes, which stand until they are carried out or
lifted. Each takes a record and returns the next one, with its entry in the audit.
"""

from dataclasses import replace

from headway.decide.release.audit import noted
from headway.decide.release.observation import FAILED_OUTCOMES, failed_conclusively
from headway.formats import chart_version
from headway.model.audit import HEADWAY, Decided, Said
from headway.model.record import Approval, Asked, Attempt, Freeze, Hold, ReleaseRecord

ENDED_BADLY = FAILED_OUTCOMES | {"interrupted"}


def asked(record: ReleaseRecord, question: Asked) -> ReleaseRecord:
    """A run begins to wait for a person's answer. Nobody has decided anything: the audit has no entry of it."""
    return record.model_copy(update={"asked": question})


def unasked(record: ReleaseRecord, run: str) -> ReleaseRecord:
    """That run waits no more: it was answered, or has ended. Unchanged where another one asks."""
    return record.model_copy(update={"asked": None}) if record.asked and record.asked.run == run else record


def outrun(record: ReleaseRecord, version: str) -> ReleaseRecord:
    """A release of `version` begins: whether it, or what is older, may come is no question any more."""
    if record.asked and not chart_version.is_above(record.asked.version, version):
        return record.model_copy(update={"asked": None})
    return record


def approved(record: ReleaseRecord, approval: Approval) -> ReleaseRecord:
    """A person said yes to a plan; see headway.decide.release.approval for how far that goes."""
    said = Said(approval.by, approval.why, approval.at, approval.run)
    record = unasked(record, approval.run).model_copy(update={"approval": approval})
    return _noted_of(record, "approved", said, approval)


def declined(record: ReleaseRecord, approval: Approval) -> ReleaseRecord:
    """A person said no to the plan that `approval` would have been the yes to. That bars nothing."""
    said = Said(approval.by, approval.why, approval.at, approval.run)
    record = approval_ended(unasked(record, approval.run), approval.chart_digest)
    return _noted_of(record, "rejected", said, approval)


def lapsed(record: ReleaseRecord, said: Said) -> ReleaseRecord:
    """The approval ends, because the change would be another one by now. Unchanged where there is none."""
    approval = record.approval
    if approval is None:
        return record
    return _noted_of(record.model_copy(update={"approval": None}), "lapsed", said, approval)


def _noted_of(record: ReleaseRecord, kind: Decided, said: Said, approval: Approval) -> ReleaseRecord:
    version, digest, plan = approval.version, approval.chart_digest, approval.plan
    return noted(record, kind, said, version=version, digest=digest, plan=plan)


def held(record: ReleaseRecord, hold: Hold, *, run: str = "") -> ReleaseRecord:
    """A person goes back, also where the environment is frozen. What was approved before is not released any more."""
    hold = hold.model_copy(update={"past_freeze": record.freeze is not None})
    digest = next((good.chart_digest for good in record.good if good.version == hold.version), "")
    record = record.model_copy(update={"hold": hold, "approval": None})
    return noted(record, "held", Said(hold.by, hold.why, hold.at, run), version=hold.version, digest=digest)


def hold_lifted(record: ReleaseRecord, said: Said) -> ReleaseRecord:
    """The hold ends. Unchanged where there is none."""
    hold = record.hold
    if hold is None:
        return record
    return noted(record.model_copy(update={"hold": None}), "hold-lifted", said, version=hold.version)


def frozen(record: ReleaseRecord, said: Said, *, cancelled_run: str = "") -> ReleaseRecord:
    """Nothing is done to the release until `thawed`. Attempts that failed without a rejection are excused, so that they may be
    made again then; an approval has to be given again; a way back that a person asked for before is given up.

    A person's freeze replaces any other. Headway's own, and that of a cancelled run, replace only that of a cancelled run. The
    audit says what was replaced. Nobody is asked meanwhile.
    """
    freeze = Freeze(by=said.by, why=said.why, at=said.at, cancelled_run=cancelled_run)
    stands = record.freeze
    if stands and not stands.cancelled_run and (cancelled_run or said.by == HEADWAY):
        freeze = stands
    hold = record.hold.model_copy(update={"past_freeze": False}) if record.hold else None
    attempts = tuple(excused(a) for a in record.attempts)
    record = record.model_copy(
        update={"freeze": freeze, "hold": hold, "attempts": attempts, "approval": None, "asked": None}
    )
    if stands and freeze is not stands and (stands.by, stands.why) != (said.by, said.why):
        said = replace(said, why=f"{said.why}; in place of the freeze by {stands.by}: {stands.why}")
    return noted(record, "frozen", said)


def stopped(record: ReleaseRecord, said: Said) -> ReleaseRecord:
    """Run `said.run` was cancelled: freeze, so that all stays as the run left it. Unchanged where that was done once."""
    if is_stopped(record, said.run):
        return record
    return frozen(record, said, cancelled_run=said.run)


def is_stopped(record: ReleaseRecord, run: str) -> bool:
    """Whether the cancellation of that run has counted, whatever was said afterwards."""
    return any(entry.kind == "frozen" and entry.run == run for entry in record.audit)


def thawed(record: ReleaseRecord, said: Said) -> ReleaseRecord:
    """The freeze ends, and nothing that was tried before it counts towards another one."""
    attempts = tuple(
        a.model_copy(update={"tries": 1, "outcome": "excused" if a.outcome in ENDED_BADLY else a.outcome})
        for a in record.attempts
    )
    return noted(record.model_copy(update={"freeze": None, "attempts": attempts}), "freeze-lifted", said)


def gone_on(record: ReleaseRecord, said: Said) -> ReleaseRecord:
    """A person starts a release: that ends the freeze of a cancelled run, but no other, and has drift corrected again."""
    record = thawed(record, said) if record.freeze and record.freeze.cancelled_run else record
    attempts = tuple(a.model_copy(update={"corrected": {}}) for a in record.attempts)
    return record.model_copy(update={"attempts": attempts})


def asked_for(
    record: ReleaseRecord, kind: Decided, said: Said, *, version: str = "", digest: str = ""
) -> ReleaseRecord:
    """A person has started run `said.run`: `kind` is "started", "promoted" or "tests-started". Unchanged where the audit has an
    entry of that run already, which Prefect may begin anew."""
    if any(entry.run == said.run for entry in record.audit):
        return record
    return noted(record, kind, said, version=version, digest=digest)


def approval_ended(record: ReleaseRecord, chart_digest: str) -> ReleaseRecord:
    """An approval of this package ends: it is carried out, or came to nothing."""
    if record.approval and record.approval.chart_digest == chart_digest:
        return record.model_copy(update={"approval": None})
    return record


def excused(attempt: Attempt) -> Attempt:
    return attempt.model_copy(update={"outcome": "excused"}) if failed_conclusively(attempt) else attempt

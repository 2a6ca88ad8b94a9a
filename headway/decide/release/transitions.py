"""Transitions of the release record. Each takes a record and returns the next one; the caller writes it by
compare-and-swap.

`attempted` is written before Helm is called, so that whatever Helm leaves behind can be told apart from
what a person did.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from headway.decide.release import corrections, rejected_inputs
from headway.decide.release.audit import noted
from headway.decide.release.observation import (
    FAILED_OUTCOMES,
    INTERRUPTED_OUTCOMES,
    ReleaseFingerprint,
    failed_conclusively,
    same,
)
from headway.formats import chart_version
from headway.model.audit import HEADWAY, Decided, Said
from headway.model.record import (
    FLAKY_LIMIT,
    GOOD_LIMIT,
    Approval,
    Attempt,
    Cause,
    FlakyTest,
    Freeze,
    Good,
    Hold,
    Rejection,
    ReleaseRecord,
)

ENDED_BADLY = FAILED_OUTCOMES | {"interrupted"}


def begun(application: str, environment: str, release: str) -> ReleaseRecord:
    return ReleaseRecord(application=application, environment=environment, release=release)


def attempted(
    record: ReleaseRecord,
    content: ReleaseFingerprint,
    *,
    revision: int,
    now: datetime,
    kind: Literal["release", "rollback", "adoption"] = "release",
    corrects: Sequence[str] = (),
) -> ReleaseRecord:
    """Write this before Helm is called. `revision` is the newest one plus one, 1 where there is none. `corrects`: the drift
    that it is to bring back.

    Entries that claim the same or a later revision belong to a history that is gone, or to a try that never
    reached Helm: their number is set to 0, so that they are never taken for what now gets that number.
    """
    before = next((a for a in record.attempts if a.kind == kind and same(a, content)), None)
    again = before is not None and (
        before.outcome in INTERRUPTED_OUTCOMES
        or (before.outcome in FAILED_OUTCOMES and (before.cause != "version" or kind == "rollback"))
    )
    attempt = Attempt(
        chart_digest=content.chart_digest,
        values_digest=content.values_digest,
        version=content.version,
        revision=revision,
        started_at=now,
        kind=kind,
        tries=before.tries + 1 if before and again else 1,
        inputs=content.inputs,
        corrected=corrections.counted(record, corrects, now),
    )
    past = tuple(_forget_from(revision, _closed(a, now)) for a in record.attempts)
    good = tuple(g.model_copy(update={"revision": 0}) if g.revision >= revision else g for g in record.good)
    approval = record.approval
    if approval and kind == "release" and approval.chart_digest == content.chart_digest:
        approval = approval.model_copy(update={"begun": True})
    return record.model_copy(
        update={"attempts": (attempt, *past)[:GOOD_LIMIT], "good": good, "approval": approval}
    )


def deployed(record: ReleaseRecord, revision: int, *, now: datetime) -> ReleaseRecord:
    """Helm has done its work, the tests have not spoken yet. With a rollback, what failed is rolled back."""
    attempt = _attempt(record, revision)
    record = _change(record, revision, outcome="deployed", upgraded_at=now, ended_at=now)
    return _rolled_back(record) if attempt and attempt.kind == "rollback" else record


def uninstalled(record: ReleaseRecord) -> ReleaseRecord:
    """The failed first install was removed: no revision number means anything any more."""
    gone = tuple(a.model_copy(update={"revision": 0}) for a in record.attempts)
    return _rolled_back(record.model_copy(update={"attempts": gone}))


def failed(
    record: ReleaseRecord,
    revision: int,
    *,
    cause: Cause,
    reason: str,
    now: datetime,
    outcome: Literal["failed", "tests-failed"] = "failed",
    sightings: int = 1,
    implicated: Sequence[str] = (),
) -> ReleaseRecord:
    """Helm or the tests failed. Tests that fail again for what does not speak of the version count as a further try.

    `sightings`: how often a failure was seen, where it speaks of the version.
    """
    attempt = _attempt(record, revision)
    if attempt is None:
        return record
    again = attempt.outcome == outcome and attempt.cause != "version"
    return _change(
        record,
        revision,
        outcome=outcome,
        cause=cause,
        reason=reason,
        ended_at=now,
        tries=attempt.tries + 1 if again else attempt.tries,
        sightings=sightings if cause == "version" else 0,
        implicated=tuple(implicated) if cause == "version" else (),
    )


def seen_once(record: ReleaseRecord, accused: Attempt) -> ReleaseRecord:
    """What failed once is tried once more."""
    attempts = tuple(
        a.model_copy(update={"outcome": "seen-once"}) if a == accused else a for a in record.attempts
    )
    return record.model_copy(update={"attempts": attempts})


def flaky(record: ReleaseRecord, tests: Sequence[FlakyTest]) -> ReleaseRecord:
    return record.model_copy(update={"flaky": (*tests, *record.flaky)[:FLAKY_LIMIT]})


def passed(
    record: ReleaseRecord, content: ReleaseFingerprint, revision: int, *, now: datetime
) -> ReleaseRecord:
    """The tests of `revision` passed: it is last good. An older entry with the same content gives way to it.

    A hold ends when something newer passed than what a person left. That itself may pass after it was left, where its
    tests were under way.
    """
    good = Good(
        revision=revision,
        chart_digest=content.chart_digest,
        values_digest=content.values_digest,
        version=content.version,
        tested_at=now,
        inputs=_inputs_of(record, content, revision),
    )
    others = tuple(g for g in record.good if not same(g, good))
    # Good since it passed first: a version that soaks is not set back by being tested again.
    since = min([now, *(g.tested_at for g in record.good if same(g, good))])
    good = good.model_copy(update={"tested_at": since})
    record = _change(record, revision, outcome="passed", cause="", reason="", ended_at=now)
    record = record.model_copy(update={"good": (good, *others)[:GOOD_LIMIT]})
    hold = record.hold
    if hold and chart_version.is_above(content.version, hold.not_above):
        record = lifted(record, Said(HEADWAY, f"{content.version} is newer and passed its tests", now))
    return _answered(record, content.chart_digest)


def rejected(record: ReleaseRecord, attempt: Attempt, said: Said) -> ReleaseRecord:
    """A rejection: this package is not released here again, nor where this environment leads to."""
    if record.rejects(attempt.chart_digest):
        return record
    rejection = Rejection(
        chart_digest=attempt.chart_digest,
        version=attempt.version,
        reason=said.why,
        at=said.at,
        revision=attempt.revision,
        inputs=rejected_inputs.of_attempt(attempt, record.last_good),
        implicated=attempt.implicated,
    )
    record = record.model_copy(update={"rejections": (rejection, *record.rejections)})
    record = _answered(record, attempt.chart_digest)
    return noted(record, "barred", said, version=attempt.version, digest=attempt.chart_digest)


def propagated(record: ReleaseRecord, chart_digest: str, what: str) -> ReleaseRecord:
    """`what` ("repository", "git") has been brought in line with the rejection."""
    rejections = tuple(
        v.model_copy(update={"propagated_to": (*v.propagated_to, what)})
        if v.chart_digest == chart_digest and what not in v.propagated_to
        else v
        for v in record.rejections
    )
    return record.model_copy(update={"rejections": rejections})


def rejection_lifted(record: ReleaseRecord, what: str, said: Said) -> ReleaseRecord:
    """A person lifts the rejection on `what`, a version or a package's digest: it may be tried once more, from the
    first try on. The record as it is where there is no such rejection.
    """
    lifted = [v for v in record.rejections if what in (v.version, v.chart_digest)]
    rejections = tuple(v for v in record.rejections if v not in lifted)
    digests = {v.chart_digest for v in lifted}
    attempts = tuple(_excused(a) if a.chart_digest in digests else a for a in record.attempts)
    record = record.model_copy(update={"rejections": rejections, "attempts": attempts})
    for each in lifted:
        record = noted(record, "bar-lifted", said, version=each.version, digest=each.chart_digest)
    return record


def approved(record: ReleaseRecord, approval: Approval) -> ReleaseRecord:
    """A person said yes to a plan; see headway.decide.release.approval for how far that goes."""
    said = Said(approval.by, approval.why, approval.at, approval.run)
    return _noted_of(record.model_copy(update={"approval": approval}), "approved", said, approval)


def declined(record: ReleaseRecord, approval: Approval) -> ReleaseRecord:
    """A person said no where `approval` would have been the yes. It bars nothing."""
    said = Said(approval.by, approval.why, approval.at, approval.run)
    return _noted_of(_answered(record, approval.chart_digest), "rejected", said, approval)


def lapsed(record: ReleaseRecord, said: Said) -> ReleaseRecord:
    """What was approved would be another change by now. The record as it is where nothing was."""
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


def lifted(record: ReleaseRecord, said: Said) -> ReleaseRecord:
    """The hold ends. The record as it is where there is none."""
    hold = record.hold
    if hold is None:
        return record
    return noted(record.model_copy(update={"hold": None}), "hold-lifted", said, version=hold.version)


def frozen(record: ReleaseRecord, said: Said, *, cancelled_run: str = "") -> ReleaseRecord:
    """Nothing is done until `thawed`. What failed without a rejection is excused: then it may be tried again. What was
    approved before is asked again, and a way back that a person asked for before is not gone on with.

    A person's freeze takes the place of any other; Headway's own, and that of a cancelled run, of a cancelled run's alone. The
    audit says which one it was.
    """
    freeze = Freeze(by=said.by, why=said.why, at=said.at, cancelled_run=cancelled_run)
    stands = record.freeze
    if stands and not stands.cancelled_run and (cancelled_run or said.by == HEADWAY):
        freeze = stands
    hold = record.hold.model_copy(update={"past_freeze": False}) if record.hold else None
    attempts = tuple(_excused(a) for a in record.attempts)
    record = record.model_copy(
        update={"freeze": freeze, "hold": hold, "attempts": attempts, "approval": None}
    )
    if stands and freeze is not stands and (stands.by, stands.why) != (said.by, said.why):
        said = replace(said, why=f"{said.why} (in place of the freeze by {stands.by}: {stands.why})")
    return noted(record, "frozen", said)


def stopped(record: ReleaseRecord, said: Said) -> ReleaseRecord:
    """Run `said.run` was cancelled: the environment stays as it is until somebody says otherwise. Counts once."""
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
    """A person starts a release: what a cancelled run had frozen is so no more, and drift is corrected again. Any other freeze
    stays."""
    record = thawed(record, said) if record.freeze and record.freeze.cancelled_run else record
    attempts = tuple(a.model_copy(update={"corrected": {}}) for a in record.attempts)
    return record.model_copy(update={"attempts": attempts})


def asked_for(
    record: ReleaseRecord, kind: Decided, said: Said, *, version: str = "", digest: str = ""
) -> ReleaseRecord:
    """A person has started a run: `kind` is "started", "promoted" or "tests-started". The record as it is where that run has said
    something of theirs already: it may begin anew."""
    if any(entry.run == said.run for entry in record.audit):
        return record
    return noted(record, kind, said, version=version, digest=digest)


def adopted(record: ReleaseRecord, content: ReleaseFingerprint, revision: int, said: Said) -> ReleaseRecord:
    """What a person brought as `revision` is ours, and good once it has passed its tests. It ends a hold of another one."""
    record = _brought(record, content, revision, kind="adoption", now=said.at)
    if record.hold and record.hold.version != content.version:
        record = lifted(record, said)
    return noted(record, "adopted", said, version=content.version, digest=content.chart_digest)


def restored(record: ReleaseRecord, good: Good, revision: int, *, now: datetime) -> ReleaseRecord:
    """A person brought back, as `revision`, what was good here."""
    content = ReleaseFingerprint(good.chart_digest, good.values_digest, good.version)
    return _brought(record, content, revision, kind="rollback", now=now)


def _brought(
    record: ReleaseRecord,
    content: ReleaseFingerprint,
    revision: int,
    *,
    kind: Literal["rollback", "adoption"],
    now: datetime,
) -> ReleaseRecord:
    """By a person's Helm."""
    return deployed(attempted(record, content, revision=revision, now=now, kind=kind), revision, now=now)


def _inputs_of(record: ReleaseRecord, content: ReleaseFingerprint, revision: int) -> tuple[str, ...]:
    """A rollback is written without them: then they are those of the same package, when it was brought in."""
    attempt = _attempt(record, revision)
    if attempt and attempt.inputs:
        return attempt.inputs
    before = (each.inputs for each in record.good if each.chart_digest == content.chart_digest)
    return next(filter(None, before), ())


def _attempt(record: ReleaseRecord, revision: int) -> Attempt | None:
    return next((a for a in record.attempts if a.revision == revision), None)


def _change(record: ReleaseRecord, revision: int, **update: object) -> ReleaseRecord:
    attempt = _attempt(record, revision)
    attempts = tuple(a.model_copy(update=update) if a is attempt else a for a in record.attempts)
    return record.model_copy(update={"attempts": attempts})


def _closed(attempt: Attempt, now: datetime) -> Attempt:
    if attempt.outcome != "started":
        return attempt
    return attempt.model_copy(update={"outcome": "interrupted", "ended_at": now})


def _forget_from(revision: int, attempt: Attempt) -> Attempt:
    return attempt.model_copy(update={"revision": 0}) if attempt.revision >= revision else attempt


def _rolled_back(record: ReleaseRecord) -> ReleaseRecord:
    attempts = tuple(
        a.model_copy(update={"outcome": "rolled-back"})
        if a.kind == "release" and failed_conclusively(a)
        else a
        for a in record.attempts
    )
    return record.model_copy(update={"attempts": attempts})


def _answered(record: ReleaseRecord, chart_digest: str) -> ReleaseRecord:
    """What was approved of this package is carried out, or came to nothing."""
    if record.approval and record.approval.chart_digest == chart_digest:
        return record.model_copy(update={"approval": None})
    return record


def _excused(attempt: Attempt) -> Attempt:
    return attempt.model_copy(update={"outcome": "excused"}) if failed_conclusively(attempt) else attempt

"""Transitions of the release record by what becomes of attempts and versions (by what people order: standing_orders.py). Each
takes a record and returns the next one, which the caller writes by compare-and-swap.

`attempted` is written before Helm is called, so that what our Helm leaves behind can be told from what a person's did.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from headway.decide.release import corrections, rejected_inputs, standing_orders
from headway.decide.release.audit import noted
from headway.decide.release.observation import (
    FAILED_OUTCOMES,
    INTERRUPTED_OUTCOMES,
    ReleaseFingerprint,
    failed_conclusively,
    same,
)
from headway.formats import chart_version
from headway.model.audit import HEADWAY, Said
from headway.model.record import (
    FLAKY_LIMIT,
    GOOD_LIMIT,
    Attempt,
    Cause,
    FlakyTest,
    Good,
    Rejection,
    ReleaseRecord,
)


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
    run: str = "",
) -> ReleaseRecord:
    """An attempt begins; write it before Helm is called. `revision`: the newest one plus one, 1 where there is none. `corrects`:
    the drift that the attempt corrects. `run`: id of the flow run that begins it.

    Former attempts with the same or a later number belong to a history that is gone, or never reached Helm: their number becomes
    0, so that they are not taken for the revision that gets it now.
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
        run=run,
        corrected=corrections.counted(record, corrects, now),
    )
    past = tuple(_forget_from(revision, _closed(a, now)) for a in record.attempts)
    good = tuple(g.model_copy(update={"revision": 0}) if g.revision >= revision else g for g in record.good)
    approval = record.approval
    if approval and kind == "release" and approval.chart_digest == content.chart_digest:
        approval = approval.model_copy(update={"begun": True})
    record = standing_orders.outrun(record, content.version) if kind == "release" else record
    return record.model_copy(
        update={"attempts": (attempt, *past)[:GOOD_LIMIT], "good": good, "approval": approval}
    )


def deployed(record: ReleaseRecord, revision: int, *, now: datetime) -> ReleaseRecord:
    """Helm has brought `revision` up; its tests are still to come. After a rollback, the attempts that failed are rolled back."""
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
    """Helm or the tests failed. Where this attempt failed so before, and the version was not the cause, that is a further try.

    `sightings`: how often a failure was seen that the version causes.
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
    record: ReleaseRecord, content: ReleaseFingerprint, revision: int, *, now: datetime, run: str = ""
) -> ReleaseRecord:
    """The tests of `revision` passed, in the flow run `run`: it is last good, in the place of an older entry with the same
    content.

    That ends a hold, where the version is newer than the one that the person left.
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
    record = _change(record, revision, outcome="passed", cause="", reason="", ended_at=now, run=run)
    record = record.model_copy(update={"good": (good, *others)[:GOOD_LIMIT]})
    hold = record.hold
    if hold and chart_version.is_above(content.version, hold.not_above):
        record = standing_orders.hold_lifted(
            record, Said(HEADWAY, f"{content.version} is newer and passed its tests", now)
        )
    return standing_orders.approval_ended(record, content.chart_digest)


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
    record = standing_orders.approval_ended(record, attempt.chart_digest)
    return noted(record, "barred", said, version=attempt.version, digest=attempt.chart_digest)


def refused(record: ReleaseRecord, content: ReleaseFingerprint, said: Said) -> ReleaseRecord:
    """The API server would not take it: it is rejected without Helm having been called, so that no revision comes of it."""
    attempt = Attempt(
        chart_digest=content.chart_digest,
        values_digest=content.values_digest,
        version=content.version,
        revision=0,
        started_at=said.at,
        ended_at=said.at,
        outcome="refused",
        cause="version",
        reason=said.why,
        inputs=content.inputs,
    )
    record = standing_orders.outrun(record, content.version)
    past = tuple(_closed(each, said.at) for each in record.attempts)
    record = record.model_copy(update={"attempts": (attempt, *past)[:GOOD_LIMIT]})
    return rejected(record, attempt, said)


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
    """A person lifts the rejection of `what`, a version or a package's digest: it may be released again, its tries counted anew.
    Unchanged where there is no such rejection."""
    lifted = [v for v in record.rejections if what in (v.version, v.chart_digest)]
    rejections = tuple(v for v in record.rejections if v not in lifted)
    digests = {v.chart_digest for v in lifted}
    attempts = tuple(standing_orders.excused(a) if a.chart_digest in digests else a for a in record.attempts)
    record = record.model_copy(update={"rejections": rejections, "attempts": attempts})
    for each in lifted:
        record = noted(record, "bar-lifted", said, version=each.version, digest=each.chart_digest)
    return record


def adopted(record: ReleaseRecord, content: ReleaseFingerprint, revision: int, said: Said) -> ReleaseRecord:
    """What a person brought as `revision` is ours, and good once it has passed its tests. It ends a hold of another one."""
    record = _brought(record, content, revision, kind="adoption", now=said.at)
    if record.hold and record.hold.version != content.version:
        record = standing_orders.hold_lifted(record, said)
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
    """Of the attempt; a rollback has none, and gets those of the same package from when it passed before."""
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

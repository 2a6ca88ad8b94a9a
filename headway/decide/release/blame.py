"""Who is to blame for a failure is found by experiment: do the tests of last good pass in the same place?

They pass: the version is, and it is barred. They fail too: the environment is; nothing is barred, and it is
frozen until a person has looked. While a person holds a version, that one takes the place of last good. A
first install has no last good to ask: there a failure of its own is judged at once.
"""

from dataclasses import dataclass
from datetime import datetime

from headway.decide.release import transitions
from headway.decide.release.failure_cause import LIMIT, Cause
from headway.decide.release.observation import ReleaseFingerprint, failed_conclusively, same, suspect
from headway.model.record import Attempt, ReleaseRecord

JUDGE = "headway"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The next record, and what was found, as a sentence."""

    record: ReleaseRecord
    sentence: str


def tests_passed(
    record: ReleaseRecord, content: ReleaseFingerprint, revision: int, *, now: datetime
) -> Judgement:
    """The tests of what is deployed passed. If it is the way back, what failed before it is to blame."""
    accused = suspect(record)
    good = record.rollback_target
    after = transitions.passed(record, content, revision, now=now)
    if accused is None or good is None or not same(content, good):
        return Judgement(after, f"{content.version} passed its tests: it is last good.")
    if any(entry.chart_digest == accused.chart_digest for entry in record.good):
        why = (
            f"{accused.version} was good before and failed now ({accused.reason}), while {content.version} "
            "passes: its values or its surroundings have changed"
        )
        return Judgement(transitions.frozen(after, by=JUDGE, why=why, now=now), f"Frozen: {why}.")
    reason = (
        f"{accused.reason or 'it did not come up'}; the tests of {content.version} pass in the same place"
    )
    rejected = transitions.rejected(after, accused, reason=reason, now=now)
    return Judgement(rejected, f"{accused.version} is to blame and barred: {reason}.")


def tests_failed(
    record: ReleaseRecord,
    content: ReleaseFingerprint,
    revision: int,
    *,
    cause: Cause,
    reason: str,
    now: datetime,
) -> Judgement:
    after = transitions.failed(record, revision, cause=cause, reason=reason, now=now, outcome="tests-failed")
    return _judge(after, content, revision, cause=cause, reason=reason, now=now, what="tests")


def release_failed(
    record: ReleaseRecord,
    content: ReleaseFingerprint,
    revision: int,
    *,
    cause: Cause,
    reason: str,
    now: datetime,
) -> Judgement:
    """Helm failed to bring `content` up as `revision` (or before it wrote that revision)."""
    after = transitions.failed(record, revision, cause=cause, reason=reason, now=now)
    return _judge(after, content, revision, cause=cause, reason=reason, now=now, what="release")


def _judge(
    after: ReleaseRecord,
    content: ReleaseFingerprint,
    revision: int,
    *,
    cause: Cause,
    reason: str,
    now: datetime,
    what: str,
) -> Judgement:
    attempt = next((a for a in after.attempts if a.revision == revision), None)
    good = after.rollback_target
    if good is not None and same(content, good):
        return _judge_rollback(after, attempt, content, cause=cause, reason=reason, now=now, what=what)
    if attempt is None or not failed_conclusively(attempt):
        return Judgement(
            after,
            f"The {what} of {content.version} failed for its surroundings ({reason}): tried again later.",
        )
    if good is not None:
        return Judgement(after, f"The {what} of {content.version} failed ({reason}): back to {good.version}.")
    if cause == "version":
        rejected = transitions.rejected(after, attempt, reason=reason, now=now)
        return Judgement(
            rejected, f"{content.version} failed ({reason}), and nothing was good before: it is barred."
        )
    return _frozen(after, f"{content.version} could not be installed in {attempt.tries} tries: {reason}", now)


def _judge_rollback(
    after: ReleaseRecord,
    attempt: Attempt | None,
    content: ReleaseFingerprint,
    *,
    cause: Cause,
    reason: str,
    now: datetime,
    what: str,
) -> Judgement:
    """Last good itself fails, or what is held. Its tests say so at once; a rollback gets its tries first."""
    name = f"{'held' if after.held else 'last good'} {content.version}"
    tries = attempt.tries if attempt else 1
    if tries >= LIMIT or (what == "tests" and cause == "version"):
        how = "fails its tests too" if what == "tests" else "does not come up any more"
        return _frozen(after, f"{name} {how} ({reason})", now)
    return Judgement(after, f"The {what} of {name} failed ({reason}): tried again later.")


def _frozen(record: ReleaseRecord, why: str, now: datetime) -> Judgement:
    return Judgement(transitions.frozen(record, by=JUDGE, why=why, now=now), f"Frozen: {why}.")

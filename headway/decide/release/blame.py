"""Who is to blame for a failure is found by experiment: do the tests of last good pass in the same place?

They pass: the version is, and it is rejected once its failure was seen as often as is required. They fail too: the
environment is; nothing is rejected, and it is frozen until a person has looked. While a person holds a version, that one
takes the place of last good. What a person brought and had adopted is never rejected: failing its tests, it freezes the
environment. What does not speak of the version never rejects it: when patience ends, the environment freezes. A first
install has no last good to ask: there a failure of its own is judged at once. So is what the API
server refuses of a plan that was made twice.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from headway.decide.release import standing_orders, transitions
from headway.decide.release.failure_cause import LIMIT
from headway.decide.release.findings import (
    EnvironmentFrozen,
    Finding,
    GoesBack,
    LastGood,
    NotLetIn,
    Rejected,
    Role,
    SeenOnce,
    Trial,
    TriedAgain,
)
from headway.decide.release.observation import (
    ReleaseFingerprint,
    failed_conclusively,
    same,
    sightings,
    suspect,
)
from headway.formats.shortened import shortened
from headway.model.audit import HEADWAY, Said
from headway.model.record import Attempt, Cause, ReleaseRecord


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong in a rollout or in tests, and where the cause seems to lie."""

    trial: Trial
    cause: Cause
    reason: str
    """Shortened: from here it goes into the record, commits and the quarantine."""
    at: datetime
    sightings: int = 1
    """How often it was seen in this try."""
    required: int = 1
    """How often it must have been seen before the version is rejected."""
    run: str = ""
    """Id of the flow run in which it failed."""
    implicated: tuple[str, ...] = ()
    """Images of the workload that failed, where one is known."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", shortened(self.reason))

    def said(self, why: str) -> Said:
        return Said(HEADWAY, why, self.at, self.run)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The next record, and what was found."""

    record: ReleaseRecord
    finding: Finding


def tests_passed(
    record: ReleaseRecord,
    content: ReleaseFingerprint,
    revision: int,
    *,
    now: datetime,
    required: int,
    run: str = "",  # noqa: PT028
) -> Judgement:
    """The tests of what is deployed passed. Where it is last good, which came back after another version failed, that version
    is to blame.

    `required`: how often the failure must have been seen before the version is rejected.
    """
    accused = suspect(record)
    good = record.rollback_target
    after = transitions.passed(record, content, revision, now=now, run=run)
    if accused is None or good is None or not same(content, good):
        return Judgement(after, LastGood(content.version))
    if accused.cause != "version":
        why = (
            f"{accused.version} could not be released in {accused.tries} tries ({accused.reason or 'cut off'}), "
            f"which does not speak against it; {content.version} runs again"
        )
        return _frozen(after, Said(HEADWAY, why, now, run))
    if any(entry.chart_digest == accused.chart_digest for entry in record.good):
        why = (
            f"{accused.version} was good before and failed now ({accused.reason}), while {content.version} "
            "passes: its values or its surroundings have changed"
        )
        return _frozen(after, Said(HEADWAY, why, now, run))
    reason = (
        f"{accused.reason or 'it did not come up'}; the tests of {content.version} pass in the same place"
    )
    if sightings(record, accused) < required:
        return Judgement(transitions.seen_once(after, accused), SeenOnce(accused.version, reason))
    rejected = transitions.rejected(after, accused, Said(HEADWAY, reason, now, run))
    return Judgement(rejected, Rejected(accused.version, reason, content.version))


def failed(record: ReleaseRecord, content: ReleaseFingerprint, revision: int, failure: Failure) -> Judgement:
    """`content` failed as `revision`: its tests said no, or Helm did not bring it up or even write that revision."""
    after = transitions.failed(
        record,
        revision,
        cause=failure.cause,
        reason=failure.reason,
        now=failure.at,
        outcome="tests-failed" if failure.trial == "tests" else "failed",
        sightings=failure.sightings,
        implicated=failure.implicated,
    )
    attempt = next((a for a in after.attempts if a.revision == revision), None)
    good = after.rollback_target
    if attempt is not None and attempt.kind == "adoption":
        return _judge_brought(after, attempt, content.version, failure, "adopted")
    if good is not None and same(content, good):
        return _judge_brought(after, attempt, content.version, failure, "held" if after.held else "last good")
    if attempt is None or not failed_conclusively(attempt):
        return Judgement(after, TriedAgain(failure.trial, content.version, failure.reason, "candidate"))
    if good is not None:
        return Judgement(after, GoesBack(failure.trial, content.version, failure.reason, good.version))
    if failure.cause == "version":
        if sightings(after, attempt) < failure.required:
            return Judgement(after, SeenOnce(content.version, failure.reason))
        rejected = transitions.rejected(after, attempt, failure.said(failure.reason))
        return Judgement(rejected, Rejected(content.version, failure.reason, ""))
    why = f"{content.version} could not be installed in {attempt.tries} tries: {failure.reason}"
    return _frozen(after, failure.said(why))


def refused(record: ReleaseRecord, content: ReleaseFingerprint, said: Said) -> Judgement:
    """The API server refuses `content` before anything was changed, asked twice. No experiment tells more of it: what was good
    runs on."""
    said = replace(said, why=shortened(said.why))
    return Judgement(transitions.refused(record, content, said), NotLetIn(content.version, said.why))


def _judge_brought(
    after: ReleaseRecord, attempt: Attempt | None, version: str, failure: Failure, role: Role
) -> Judgement:
    """Judge a failure of last good, or of a held or adopted version, for which there is nothing to go back to. Tests that say
    no freeze the environment at once, any other failure once it was tried LIMIT times."""
    tests_say_no = failure.trial == "tests" and failure.cause == "version"
    if tests_say_no or (attempt is not None and attempt.tries >= LIMIT):
        too = "" if role == "adopted" else " too"
        how = f"fails its tests{too}" if failure.trial == "tests" else "does not come up any more"
        return _frozen(after, failure.said(f"{role} {version} {how} ({failure.reason})"))
    return Judgement(after, TriedAgain(failure.trial, version, failure.reason, role))


def _frozen(record: ReleaseRecord, said: Said) -> Judgement:
    return Judgement(standing_orders.frozen(record, said), EnvironmentFrozen(said.why))

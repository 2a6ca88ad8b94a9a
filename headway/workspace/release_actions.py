"""What surrounds each action: the attempt is written before Helm is called, and its end is judged afterwards.

Helm and the tests come in as functions, so that what is written, and in which order, is the same over a cluster and in
memory.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Literal, Protocol, assert_never

from headway.clients.helm.outcome import Outcome
from headway.decide.release import blame, failure_cause, rollback_target, transitions
from headway.decide.release.actions import Accept, Adopt, Correct, Install, RollBack, Test, Unlock, Upgrade
from headway.decide.release.blame import Failure, Judgement
from headway.decide.release.findings import Compared, Finding, Trial
from headway.decide.release.observation import Observation, ReleaseFingerprint
from headway.decide.release.results import ActionResult, Reason
from headway.decide.release.rollback_target import ToPackage, ToRevision, Uninstall
from headway.errors import Conflict, HeadwayError
from headway.model.audit import HEADWAY, Said
from headway.model.record import Cause, FlakyTest, ReleaseRecord
from headway.model.tests import TestReport


class RecordKeeper(Protocol):
    """The release record while the lease is ours. Both raise LeaseLost, and Conflict where others write again and again."""

    def now(self) -> datetime: ...

    @property
    def run_id(self) -> str:
        """Of the flow run that keeps it."""

    @property
    def sightings_required(self) -> int:
        """How often a failure must have been seen before a version is rejected."""

    def update_record(self, transition: Callable[[ReleaseRecord], ReleaseRecord]) -> ReleaseRecord:
        """Apply `transition` to the record as it is now, or to a first one; returns what was written."""

    def judge(self, judgement: Callable[[ReleaseRecord], Judgement]) -> Finding:
        """The same for what follows from a failure or from tests."""


def upgrade(
    keeper: RecordKeeper,
    action: Install | Upgrade,
    revision: int,
    deploy: Callable[[], Outcome],
    *,
    before_judgement: Callable[[Outcome], None],
) -> ActionResult:
    """Bring a version in as `revision`. A failure is judged and written, not raised.

    `before_judgement` is called where it failed in the cluster, while what failed is still there. Raises Conflict where
    another Helm run came first, LeaseLost.
    """
    succeeded, failed = (
        (Reason.INSTALL_SUCCEEDED, Reason.INSTALL_FAILED)
        if isinstance(action, Install)
        else (Reason.UPGRADE_SUCCEEDED, Reason.UPGRADE_FAILED)
    )
    return _attempt(
        keeper,
        action.fingerprint,
        revision,
        "release",
        deploy,
        ends=(succeeded, failed),
        before_judgement=before_judgement,
    )


def refuse(keeper: RecordKeeper, action: Install | Upgrade, why: str) -> ActionResult:
    """The API server would not take the version: it is judged without being tried."""
    said = Said(HEADWAY, why, keeper.now(), keeper.run_id)
    finding = keeper.judge(lambda record: blame.refused(record, action.fingerprint, said))
    reason = Reason.INSTALL_FAILED if isinstance(action, Install) else Reason.UPGRADE_FAILED
    return ActionResult(reason, action.fingerprint.version, finding=finding)


def roll_back(
    keeper: RecordKeeper,
    action: RollBack,
    revision: int,
    *,
    go_back: Callable[[ToRevision | ToPackage], Outcome],
    uninstall: Callable[[], None],
) -> ActionResult:
    """Go back, as `revision`. A failure is judged and written, not raised; else as `upgrade`."""
    match action.target:
        case Uninstall() as target:
            uninstall()
            keeper.update_record(transitions.uninstalled)
            return ActionResult(Reason.UNINSTALL_SUCCEEDED, "", target=target)
        case ToRevision() | ToPackage() as target:
            good = target.good
            ended = _attempt(
                keeper,
                ReleaseFingerprint(good.chart_digest, good.values_digest, good.version),
                revision,
                "rollback",
                lambda: go_back(target),
                ends=(Reason.ROLLBACK_SUCCEEDED, Reason.ROLLBACK_FAILED),
            )
            return replace(ended, target=target)
        case _:
            assert_never(action.target)


def correct(
    keeper: RecordKeeper, action: Correct, revision: int, deploy: Callable[[], Outcome]
) -> ActionResult:
    """Apply what is deployed once more, as `revision`. It was good, and is never to blame; else as `upgrade`."""
    ends = (Reason.CORRECTION_SUCCEEDED, Reason.CORRECTION_FAILED)
    return _attempt(
        keeper, action.fingerprint, revision, "rollback", deploy, ends=ends, corrects=action.drift
    )


def _attempt(
    keeper: RecordKeeper,
    content: ReleaseFingerprint,
    revision: int,
    kind: Literal["release", "rollback"],
    run: Callable[[], Outcome],
    *,
    ends: tuple[Reason, Reason],
    before_judgement: Callable[[Outcome], None] = lambda _: None,
    corrects: tuple[str, ...] = (),
) -> ActionResult:
    """Write that it is tried, run Helm, write or judge how it ended; `ends`: what success and failure are called."""
    succeeded, failed = ends
    begun_at, run_id = keeper.now(), keeper.run_id
    keeper.update_record(
        lambda record: transitions.attempted(
            record, content, revision=revision, now=begun_at, kind=kind, corrects=corrects, run=run_id
        )
    )
    try:
        outcome = run()
    except Conflict:
        raise
    except HeadwayError as error:
        finding = _failed(keeper, content, revision, "release", failure_cause.of_error(error), str(error))
        return ActionResult(failed, content.version, revision, finding=finding)
    if outcome.succeeded:
        _deployed(keeper, outcome)
        return ActionResult(succeeded, content.version, outcome.revision, outcome.seconds)
    before_judgement(outcome)
    implicated = (outcome.trouble.image,) if outcome.trouble and outcome.trouble.image else ()
    finding = _failed(
        keeper,
        content,
        outcome.revision,
        "release",
        outcome.cause,
        outcome.failure,
        implicated=implicated,
    )
    return ActionResult(failed, content.version, outcome.revision, outcome.seconds, finding=finding)


def test(
    keeper: RecordKeeper,
    action: Test,
    run: Callable[[], TestReport],
    *,
    still_deployed: Callable[[], bool],
    before_judgement: Callable[[TestReport, Cause], None],
) -> ActionResult:
    """Test what is deployed, and write what follows. A test that said no is run again at once, unless no other run can end
    otherwise.

    `still_deployed`: what was tested has not been replaced meanwhile, else nothing follows. `before_judgement` is called
    where tests failed, with their cause.
    """
    revision, running = action.deployed.revision, action.fingerprint
    first = run()
    said_no = not first.passed and failure_cause.of_tests(first) == "version"
    hopeless = all(each.certain for each in first.failures)
    report = run() if said_no and not hopeless else first
    if not still_deployed():
        return ActionResult(Reason.TEST_DISCARDED, running.version, revision, report.seconds)
    now = keeper.now()
    if report.passed:
        if said_no:
            tests = _flaky(first, running.version, now)
            keeper.update_record(lambda record: transitions.flaky(record, tests))
        required, run_id = keeper.sightings_required, keeper.run_id
        finding = keeper.judge(
            lambda record: blame.tests_passed(
                record, running, revision, now=now, required=required, run=run_id
            )
        )
        return ActionResult(Reason.TEST_SUCCEEDED, running.version, revision, report.seconds, finding=finding)
    cause = failure_cause.of_tests(report)
    before_judgement(report, cause)
    seen = 2 if said_no else 1
    finding = _failed(keeper, running, revision, "tests", cause, report.sentence, sightings=seen)
    return ActionResult(Reason.TEST_FAILED, running.version, revision, report.seconds, finding=finding)


def _flaky(report: TestReport, version: str, now: datetime) -> list[FlakyTest]:
    return [
        FlakyTest(name=each.name, version=version, reason=each.reason, at=now)
        for each in report.results
        if each.said_no
    ]


def unlock(action: Unlock, mark_failed: Callable[[int], object]) -> ActionResult:
    """Raises Conflict where the Helm that wrote it was alive after all."""
    mark_failed(action.pending.revision)
    return ActionResult(Reason.UNLOCKED, action.pending.chart_version, action.pending.revision)


def adopt(
    keeper: RecordKeeper, action: Adopt, content: ReleaseFingerprint, compared: Compared, *, by: str
) -> ActionResult:
    """`content` is what the deployed revision holds, as far as it can be told, and how it was `compared`; `by` asks."""
    revision = action.deployed.revision
    said = Said(by, f"revision {revision} was brought by hand", keeper.now(), keeper.run_id)
    keeper.update_record(lambda record: transitions.adopted(record, content, revision, said))
    return ActionResult(Reason.ADOPTED, content.version, revision, finding=compared)


def accept(keeper: RecordKeeper, action: Accept, seen: Observation) -> ActionResult:
    """`seen`: what the action was decided on."""
    now, run_id = keeper.now(), keeper.run_id
    keeper.update_record(
        lambda record: rollback_target.restored(
            replace(seen, record=record), action.good, now=now, run=run_id
        )
    )
    return ActionResult(Reason.ACCEPTED, action.good.version, action.deployed.revision)


def _deployed(keeper: RecordKeeper, outcome: Outcome) -> None:
    now = keeper.now()
    keeper.update_record(lambda record: transitions.deployed(record, outcome.revision, now=now))


def _failed(
    keeper: RecordKeeper,
    content: ReleaseFingerprint,
    revision: int,
    trial: Trial,
    cause: Cause,
    reason: str,
    sightings: int = 1,
    implicated: tuple[str, ...] = (),
) -> Finding:
    required = keeper.sightings_required
    failure = Failure(trial, cause, reason, keeper.now(), sightings, required, keeper.run_id, implicated)
    return keeper.judge(lambda record: blame.failed(record, content, revision, failure))

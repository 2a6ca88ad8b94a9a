"""A release in memory: a record, Helm's history and pods' answers, driven by the loop and the actions that ship.

Every write is a step at which the run can be killed. Helm's own work takes two: the pending revision and its end.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from headway.clients.helm.outcome import Outcome
from headway.decide.release import approval, standing_orders, transitions
from headway.decide.release.actions import (
    Accept,
    Adopt,
    Correct,
    Install,
    Nothing,
    RollBack,
    Test,
    Unlock,
    Upgrade,
    Wait,
)
from headway.decide.release.blame import Judgement
from headway.decide.release.desired import desired
from headway.decide.release.findings import Compared, Finding
from headway.decide.release.observation import Observation, ReleaseFingerprint, Revision
from headway.decide.release.passes import ReconcileResult
from headway.decide.release.results import ActionResult
from headway.decide.release.rollback_target import ToPackage, ToRevision
from headway.formats import record_json
from headway.model.charts import ChartEntry
from headway.model.record import Approval, ReleaseRecord
from headway.model.tests import TestReport, TestResult
from headway.workspace import release_actions
from headway.workspace.reconcile import reconcile

START = datetime(2026, 11, 23, 10, tzinfo=UTC)


class KilledError(Exception):
    """SIGKILL: nothing after this line runs."""


@dataclass
class Behaviour:
    """What helm and the tests say about a version, in turn; the last answer stays. "" is success."""

    helm: list[str] = field(default_factory=lambda: [""])
    tests: list[str] = field(default_factory=lambda: [""])
    refused: str = ""
    """Why the API server would not take it."""


def answer(answers: list[str]) -> str:
    return answers.pop(0) if len(answers) > 1 else answers[0]


def entry(version: str) -> ChartEntry:
    return ChartEntry("shop", version, f"sha256:{version}", f"shop-{version}.tgz", START)


@dataclass(frozen=True)
class Seen:
    observation: Observation


@dataclass
class World:
    """Implements headway.workspace.reconcile.Release and headway.workspace.release_actions.RecordKeeper."""

    versions: list[str]
    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    environment_broken: bool = False
    policy_freeze: str = ""
    adopts: bool = False
    gated: bool = False
    """A person has to approve what is released."""
    sightings_required: int = 1
    drift: tuple[str, ...] = ()
    """Until what is deployed is applied once more, which policy wants."""
    replaced_by_hand: bool = False
    """While tests run, somebody upgrades."""
    record: ReleaseRecord | None = None
    revisions: list[Revision] = field(default_factory=list)
    clock: datetime = START
    kill_at: int = -1
    writes: int = 0
    done: list[object] = field(default_factory=list)
    """Every action that was begun, in order."""
    sentences: list[str] = field(default_factory=list)

    def step(self) -> None:
        """One write has been made; the run may end here."""
        self.writes += 1
        self.clock += timedelta(seconds=1)
        if self.writes == self.kill_at:
            raise KilledError

    def behaviour(self, version: str) -> Behaviour:
        return self.behaviours.setdefault(version, Behaviour())

    # What is kept.

    run_id = "a run"

    def now(self) -> datetime:
        return self.clock

    def update_record(self, transition: Callable[[ReleaseRecord], ReleaseRecord]) -> ReleaseRecord:
        after = transition(self.record or transitions.begun("shop", "testing", "shop"))
        self.record = record_json.read(record_json.serialise(after))
        self.step()
        return self.record

    def judge(self, judgement: Callable[[ReleaseRecord], Judgement]) -> Finding:
        judged = judgement(self.record or transitions.begun("shop", "testing", "shop"))
        self.update_record(lambda _: judged.record)
        return judged.finding

    def plan(self, version: str) -> str:
        """Key of what would be done now."""
        return f"{version} on revision {self.next_revision() - 1}"

    def approve(self, version: str) -> None:
        """A person says yes to what would be done now."""
        given = Approval(
            by="ada",
            why="",
            at=self.clock,
            version=version,
            chart_digest=f"sha256:{version}",
            plan=self.plan(version),
        )
        self.update_record(lambda record: standing_orders.approved(record, given))

    # Helm and the pods.

    def next_revision(self) -> int:
        return self.revisions[-1].revision + 1 if self.revisions else 1

    def helm(self, version: str, pending: str) -> Outcome:
        number = self.next_revision()
        self.revisions.append(self._revision(number, pending, version))
        self.step()
        trouble = answer(self.behaviour(version).helm)
        if not trouble:
            self.revisions[:] = [self._superseded(revision) for revision in self.revisions]
        status = "failed" if trouble else "deployed"
        self.revisions[-1] = self._revision(number, status, version)
        self.step()
        return Outcome(number, status, trouble, None, 1.0)

    def _revision(self, number: int, status: str, version: str) -> Revision:
        return Revision(number, status, version, self.clock, content=f"content of {version}")

    @staticmethod
    def _superseded(revision: Revision) -> Revision:
        return replace(revision, status="superseded") if revision.status == "deployed" else revision

    def helm_by_hand(self, version: str) -> None:
        """A person's helm upgrade, or helm rollback."""
        self.revisions[:] = [self._superseded(revision) for revision in self.revisions]
        self.revisions.append(self._revision(self.next_revision(), "deployed", version))

    def tests(self, version: str) -> TestReport:
        trouble = "environment" if self.environment_broken else answer(self.behaviour(version).tests)
        if trouble.startswith("429"):
            return TestReport((TestResult("buy", False, "", "", trouble, ran=False),))
        return TestReport(
            (TestResult("buy", not trouble, "buy-1", "it ran", trouble, said_no=bool(trouble)),)
        )

    @property
    def deployed(self) -> str | None:
        return next((r.chart_version for r in reversed(self.revisions) if r.status == "deployed"), None)

    # The release as the loop drives it.

    def look(self) -> Observation:
        wanted = desired([entry(version) for version in self.versions], self.record)
        return Observation(
            now=self.clock,
            desired=wanted.entry,
            why_desired=wanted.why,
            values_digest="values",
            record=self.record,
            revisions=tuple(reversed(self.revisions)),
            policy_freeze=self.policy_freeze,
            adopt=self.adopts,
            drift=self.drift,
            corrects_drift=True,
        )

    def observe(self) -> Seen:
        return Seen(self.look())

    def install(self, seen: Seen, action: Install, why: str) -> ActionResult | None:  # noqa: ARG002
        return self._release(action, "pending-install")

    def upgrade(self, seen: Seen, action: Upgrade, why: str) -> ActionResult | None:  # noqa: ARG002
        return self._release(action, "pending-upgrade")

    def test(self, seen: Seen, action: Test) -> ActionResult:  # noqa: ARG002
        self.done.append(action)
        version = action.fingerprint.version
        return release_actions.test(
            self,
            action,
            lambda: self.tests(version),
            still_deployed=lambda: not self.replaced_by_hand,
            before_judgement=lambda *_: None,
        )

    def roll_back(self, seen: Seen, action: RollBack) -> ActionResult:  # noqa: ARG002
        self.done.append(action)

        def go_back(target: ToRevision | ToPackage) -> Outcome:
            return self.helm(target.good.version, "pending-rollback")

        def uninstall() -> None:
            self.revisions.clear()
            self.step()

        return release_actions.roll_back(
            self, action, self.next_revision(), go_back=go_back, uninstall=uninstall
        )

    def correct(self, seen: Seen, action: Correct) -> ActionResult:  # noqa: ARG002
        self.done.append(action)

        def deploy() -> Outcome:
            outcome = self.helm(action.fingerprint.version, "pending-upgrade")
            self.drift = () if outcome.succeeded else self.drift
            return outcome

        return release_actions.correct(self, action, self.next_revision(), deploy)

    def unlock(self, seen: Seen, action: Unlock) -> ActionResult:  # noqa: ARG002
        self.done.append(action)

        def mark_failed(revision: int) -> None:
            last = self.revisions[-1]
            assert last.revision == revision
            self.revisions[-1] = replace(last, status="failed")
            self.step()

        return release_actions.unlock(action, mark_failed)

    def adopt(self, seen: Seen, action: Adopt) -> ActionResult:  # noqa: ARG002
        self.done.append(action)
        version = action.deployed.chart_version
        content = ReleaseFingerprint(f"sha256:{version}", "values", version)
        return release_actions.adopt(self, action, content, Compared(offered=True), by="ada")

    def accept(self, seen: Seen, action: Accept) -> ActionResult:
        self.done.append(action)
        return release_actions.accept(self, action, seen.observation)

    def finish(self) -> None:
        """Nothing is done beside."""

    def _release(self, action: Install | Upgrade, pending: str) -> ActionResult | None:
        plan = self.plan(action.fingerprint.version)
        if self.gated and not approval.covers(self.record, action.fingerprint, [plan]):
            return None
        self.done.append(action)
        version = action.fingerprint.version
        if refused := self.behaviour(version).refused:
            return release_actions.refuse(self, action, refused)
        return release_actions.upgrade(
            self,
            action,
            self.next_revision(),
            lambda: self.helm(version, pending),
            before_judgement=lambda _: None,
        )

    # Runs.

    def run(self) -> ReconcileResult:
        """One pass of the loop that ships."""
        return reconcile(self, self.sentences.append)

    def settle(self, passes: int = 30) -> ReconcileResult:
        """Looks until nothing is left to do, as the schedule does; time passes between looks."""
        for _ in range(passes):
            try:
                result = self.run()
            except KilledError:
                continue
            if isinstance(result.decision.action, Nothing):
                return result
            action = result.decision.action
            until = action.until if isinstance(action, Wait) else None
            self.clock = max(self.clock, until or self.clock) + timedelta(minutes=5)
        raise AssertionError(f"does not settle: {self.done[-12:]} {self.sentences[-4:]}")

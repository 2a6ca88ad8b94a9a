"""A cluster, its Helm history and its release record as plain state, and the release loop over them.

Every write is a step at which the run can be killed. Helm's own work takes two: the pending
revision and its end.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from headway.decide.release import blame, transitions
from headway.decide.release.action import Action, Decision, choose
from headway.decide.release.failure_cause import Cause
from headway.decide.release.observation import Observation, ReleaseFingerprint, Revision
from headway.decide.release.rollback_target import Target
from headway.decide.release.state import State, name
from headway.formats import record_json
from headway.model.charts import ChartEntry
from headway.model.record import ReleaseRecord

START = datetime(2026, 11, 23, 10, tzinfo=UTC)


class KilledError(Exception):
    """SIGKILL: nothing after this line runs."""


@dataclass
class Behaviour:
    """What helm and the tests say about a version, in turn; the last answer stays. "" is success."""

    helm: list[str] = field(default_factory=lambda: [""])
    tests: list[str] = field(default_factory=lambda: [""])


def answer(answers: list[str]) -> str:
    return answers.pop(0) if len(answers) > 1 else answers[0]


def entry(version: str) -> ChartEntry:
    return ChartEntry("shop", version, f"sha256:{version}", f"shop-{version}.tgz", START)


def content(version: str) -> ReleaseFingerprint:
    return ReleaseFingerprint(f"sha256:{version}", "values", version)


@dataclass
class World:
    versions: list[str]
    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    environment_broken: bool = False
    policy_freeze: str = ""
    record: ReleaseRecord | None = None
    revisions: list[Revision] = field(default_factory=list)
    now: datetime = START
    kill_at: int = -1
    writes: int = 0
    actions: list[tuple[State, Action]] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)

    def step(self) -> None:
        """One write has been made; the run may end here."""
        self.writes += 1
        self.now += timedelta(seconds=1)
        if self.writes == self.kill_at:
            raise KilledError

    def behaviour(self, version: str) -> Behaviour:
        return self.behaviours.setdefault(version, Behaviour())

    def observe(self) -> Observation:
        record, desired = self.record, None
        allowed = [v for v in self.versions if not (record and record.rejects(f"sha256:{v}"))]
        if record and record.hold and all(v <= record.hold.not_above for v in allowed):
            desired = entry(record.hold.version)
        elif allowed:
            desired = entry(max(allowed))
        return Observation(
            now=self.now,
            desired=desired,
            values_digest="values",
            record=record,
            revisions=tuple(reversed(self.revisions)),
            policy_freeze=self.policy_freeze,
        )

    def write(self, record: ReleaseRecord) -> None:
        self.record = record_json.read(record_json.serialise(record))
        self.step()

    def helm(self, version: str, pending: str) -> str:
        number = self.next_revision()
        self.revisions.append(Revision(number, pending, version, self.now))
        self.step()
        trouble = answer(self.behaviour(version).helm)
        if not trouble:
            self.revisions[:] = [self._superseded(revision) for revision in self.revisions]
        self.revisions[-1] = Revision(number, "failed" if trouble else "deployed", version, self.now)
        self.step()
        return trouble

    def next_revision(self) -> int:
        return self.revisions[-1].revision + 1 if self.revisions else 1

    @staticmethod
    def _superseded(revision: Revision) -> Revision:
        if revision.status != "deployed":
            return revision
        return Revision(revision.revision, "superseded", revision.chart_version, revision.updated)

    @property
    def deployed(self) -> str | None:
        return next((r.chart_version for r in reversed(self.revisions) if r.status == "deployed"), None)

    def run(self) -> Decision:
        """One pass: each kind of action at most once, and no further than the experiment after a rollback."""
        done: set[Action] = set()
        while True:
            observation = self.observe()
            state = name(observation)
            decision = choose(state, observation)
            self.actions.append((state, decision.action))
            self.sentences.append(decision.why)
            over = decision.action in {Action.WAIT, Action.NOTHING} or decision.action in done
            if over or (Action.ROLL_BACK in done and decision.action is not Action.TEST):
                return decision
            done.add(decision.action)
            self.act(decision, observation)

    def act(self, decision: Decision, observation: Observation) -> None:
        effects: dict[Action, Callable[[], None]] = {
            Action.INSTALL: lambda: self.release(observation, "pending-install"),
            Action.UPGRADE: lambda: self.release(observation, "pending-upgrade"),
            Action.TEST: lambda: self.test(observation),
            Action.UNLOCK: self.unlock,
            Action.ROLL_BACK: lambda: self.roll_back(decision.target),
            Action.ADOPT: lambda: self.adopt(observation),
        }
        effects[decision.action]()

    def release(self, observation: Observation, pending: str) -> None:
        assert observation.wanted
        record = self.record or transitions.begun("shop", "testing", "shop")
        revision, wanted = self.next_revision(), observation.wanted
        self.write(transitions.attempted(record, wanted, revision=revision, now=self.now))
        self.conclude(wanted, revision, self.helm(wanted.version, pending))

    def conclude(self, what: ReleaseFingerprint, revision: int, trouble: str) -> None:
        assert self.record
        if trouble:
            self.write(
                blame.release_failed(
                    self.record, what, revision, cause=cause_of(trouble), reason=trouble, now=self.now
                ).record
            )
        else:
            self.write(transitions.deployed(self.record, revision, now=self.now))

    def test(self, observation: Observation) -> None:
        assert observation.running
        assert observation.deployed
        assert self.record
        trouble = "environment" if self.environment_broken else ""
        trouble = trouble or answer(self.behaviour(observation.running.version).tests)
        revision = observation.deployed.revision
        if trouble:
            judgement = blame.tests_failed(
                self.record,
                observation.running,
                revision,
                cause=cause_of(trouble),
                reason=trouble,
                now=self.now,
            )
        else:
            judgement = blame.tests_passed(self.record, observation.running, revision, now=self.now)
        self.write(judgement.record)

    def unlock(self) -> None:
        last = self.revisions[-1]
        self.revisions[-1] = Revision(last.revision, "failed", last.chart_version, self.now)
        self.step()

    def roll_back(self, target: Target | None) -> None:
        assert target
        assert self.record
        if target.how == "uninstall":
            self.revisions.clear()
            self.step()
            self.write(transitions.uninstalled(self.record))
            return
        assert target.good
        what = ReleaseFingerprint(target.good.chart_digest, target.good.values_digest, target.good.version)
        revision = self.next_revision()
        self.write(transitions.attempted(self.record, what, revision=revision, now=self.now, kind="rollback"))
        self.conclude(what, revision, self.helm(what.version, "pending-rollback"))

    def adopt(self, observation: Observation) -> None:
        assert observation.deployed
        version = observation.deployed.chart_version
        record = self.record or transitions.begun("shop", "testing", "shop")
        adopted = ReleaseFingerprint("", "", version)
        self.write(transitions.adopted(record, adopted, observation.deployed.revision, now=self.now))

    def settle(self, passes: int = 30) -> Decision:
        """Looks until nothing is left to do, as the schedule does; time passes between looks."""
        for _ in range(passes):
            try:
                decision = self.run()
            except KilledError:
                continue
            if decision.action is Action.NOTHING:
                return decision
            self.now = max(self.now, decision.until or self.now) + timedelta(minutes=5)
        raise AssertionError(f"does not settle: {self.actions[-12:]} {self.sentences[-4:]}")


def cause_of(trouble: str) -> Cause:
    return "infrastructure" if trouble.startswith("429") else "version"

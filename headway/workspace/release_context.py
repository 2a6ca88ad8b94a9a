"""One application in one environment: everything that a look at its release reads, and where its record is kept."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from headway.clients.helm.release import HelmRelease
from headway.clients.kubernetes import hmac_key
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.hmac_key import HmacKey
from headway.clients.kubernetes.lease import ReleaseLease
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.decide.release import desired, state, transitions
from headway.decide.release.blame import Judgement
from headway.decide.release.observation import Observation, ReleaseFingerprint
from headway.decide.release.state import State
from headway.errors import BadInput, Conflict, HeadwayError, Unreachable
from headway.model.application import Environment, seconds
from headway.model.charts import ChartEntry
from headway.model.record import Good, ReleaseRecord
from headway.workspace import release_content
from headway.workspace.release_content import ReleaseContent
from headway.workspace.workspace import CONFLICTS_BORNE, Workspace


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation, and what is needed to act on it."""

    observation: Observation
    content: ReleaseContent | None
    """Of the desired version; None where there is none."""

    @property
    def state(self) -> State:
        return state.name(self.observation)

    @property
    def next_revision(self) -> int:
        newest = max((each.revision for each in self.observation.revisions), default=0)
        return newest + 1


class ReleaseContext:
    """Where a release lives. Raises BadInput for an environment that headway.yaml does not name."""

    def __init__(self, workspace: Workspace, environment: str) -> None:
        self.workspace = workspace
        self.name = environment
        self.check: Callable[[], None] | None = None
        """Called before and during each action: the lease's, once it is ours."""
        self._stand_in = HmacKey.in_memory()

    @property
    def application(self) -> str:
        return self.workspace.application.application

    @property
    def environment(self) -> Environment:
        return self.workspace.environment(self.name)

    @property
    def namespace(self) -> str:
        return self.workspace.application.namespace(self.name)

    @property
    def release(self) -> str:
        return self.workspace.application.release(self.name)

    @property
    def timeout(self) -> timedelta:
        return timedelta(seconds=seconds(self.environment.timeout))

    @property
    def cluster(self) -> Cluster:
        return self.workspace.cluster(self.name)

    @property
    def helm(self) -> HelmRelease:
        return HelmRelease(self.cluster, self.namespace, self.release, self.workspace.helm, check=self.check)

    @property
    def store(self) -> ReleaseRecordStore:
        return ReleaseRecordStore(self.cluster, self.namespace, self.release)

    @property
    def lease(self) -> ReleaseLease:
        return ReleaseLease(self.cluster, self.namespace, self.release)

    def change(self, transition: Callable[[ReleaseRecord], ReleaseRecord]) -> ReleaseRecord:
        """Apply `transition` to the record as it is now, or to a first one; returns what was written."""
        return self.judge(lambda record: Judgement(transition(record), "")).record

    def judge(self, judgement: Callable[[ReleaseRecord], Judgement]) -> Judgement:
        """The same for what follows from a failure or from tests.

        Where somebody else writes at the same time (a person's hold), theirs is read and ours applied to it, so that
        neither is lost: `judgement` is a function of the record alone. Raises LeaseLost, and Conflict where others
        write again and again.
        """
        for _ in range(CONFLICTS_BORNE):
            if self.check:
                self.check()
            record, version = self.store.read()
            judged = judgement(record or transitions.begun(self.application, self.name, self.release))
            if record is None:
                self.made_key()
            try:
                self.store.write(judged.record, version)
            except Conflict:
                continue
            return judged
        raise Conflict(
            "others write it again and again",
            where=f"release record of {self.application} in {self.name}",
            next_step="It is tried again.",
        )

    def observe(
        self, *, may_unlock: bool = False, adopt: bool = False, drift: bool = True, going_back: bool = False
    ) -> Seen:
        """One look, which writes nothing. An API server that does not answer is an observation, not an error.

        Going back needs neither the chart repository, nor what feeds this environment, nor the newest package: with
        `going_back`, and while a hold stands, what is wrong there leaves unknown what is desired and is the trouble.
        """
        now = datetime.now(UTC)
        try:
            seen = self._observe(now, may_unlock=may_unlock, adopt=adopt, going_back=going_back)
        except Unreachable as error:
            return Seen(Observation(now=now, desired=None, reachable=False, trouble=str(error)), None)
        if drift and seen.state in (State.IN_SYNC, State.HELD):
            return replace(seen, observation=replace(seen.observation, drift=self._drift(seen.observation)))
        return seen

    def _observe(self, now: datetime, *, may_unlock: bool, adopt: bool, going_back: bool) -> Seen:
        record, _ = self.store.read()
        observation = Observation(
            now=now,
            desired=None,
            record=record,
            revisions=self.helm.history(),
            policy_freeze="the environment is frozen in headway.yaml" if self.environment.frozen else "",
            may_unlock=may_unlock,
            adopt=adopt,
        )
        try:
            return self._with_desired(observation)
        except HeadwayError as error:
            if not going_back and not (record and record.hold):
                raise
            return Seen(replace(observation, why_desired=str(error), trouble=str(error)), None)

    def _with_desired(self, observation: Observation) -> Seen:
        entries = self.workspace.chart_repository(self.name).entries(self.workspace.chart_name)
        barred = self.workspace.rejected_upstream(self.name)
        constraint = self.environment.charts_constraint
        wanted = desired.desired(entries, observation.record, constraint, barred)
        content = self.read(wanted.entry) if wanted.entry else None
        digest = content.values_digest(self.key().value) if content else ""
        return Seen(
            replace(observation, desired=wanted.entry, why_desired=wanted.why, values_digest=digest), content
        )

    def key(self) -> HmacKey:
        """The stored key; before the first change one that lives as long as this object."""
        return hmac_key.find(self.cluster, self.namespace, self.release) or self._stand_in

    def made_key(self) -> HmacKey:
        """The stored key, made at the first change with the namespace it lies in: what is recorded is digested with it."""
        return hmac_key.make(self.cluster, self.namespace, self.release)

    def read(self, entry: ChartEntry) -> ReleaseContent:
        """Content of a package of this environment's repository, as this environment is given it."""
        return release_content.read(
            self.workspace.package(self.name, entry), self.name, f"{entry.name}-{entry.version}.tgz"
        )

    def content_of(self, wanted: ReleaseFingerprint | Good) -> ReleaseContent:
        """Content of the very package that was released, also where the index does not offer it any more.

        A version that was withdrawn or pruned is still there under its name. BadInput where that package is gone, was
        never in this repository (the release was adopted), or cannot be read; Refused where its bytes were changed.
        """
        repository, name = self.workspace.chart_repository(self.name), self.workspace.chart_name
        offered = repository.entries(name)
        entry = next((each for each in offered if each.digest == wanted.chart_digest), None)
        if entry:
            return self.read(entry)
        stored = repository.stored(name, wanted.version)
        if stored is None or stored.package.digest != wanted.chart_digest:
            raise BadInput(
                f"no package of {name} {wanted.version} has the digest {wanted.chart_digest}",
                where=repository.url,
                next_step="Publish that package again, or release another version.",
            )
        return release_content.read(stored.package.data, self.name, stored.package.file_name)

    def _drift(self, observation: Observation) -> tuple[str, ...]:
        if observation.deployed is None:
            return ()
        return self.helm.drift(self.helm.stored.get(observation.deployed.revision))

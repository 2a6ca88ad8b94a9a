"""One application in one environment: everything that a look at its release reads, and where its record is kept."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from headway.clients import release_content
from headway.clients.cluster import Cluster
from headway.clients.helm_release import HelmRelease, documents
from headway.clients.hmac_key import hmac_key
from headway.clients.lease import ReleaseLease
from headway.clients.release_content import ReleaseContent
from headway.clients.release_record_store import ReleaseRecordStore
from headway.clients.workspace import Workspace
from headway.decide import desired, release_record, release_state
from headway.decide.release_observation import Observation
from headway.decide.release_state import State
from headway.errors import BadInput, Unreachable
from headway.model.application import Environment, seconds
from headway.model.charts import ChartEntry
from headway.model.record import ReleaseRecord


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation, and what is needed to act on it."""

    observation: Observation
    content: ReleaseContent | None
    """Of the desired version; None where there is none."""
    record_version: str = ""

    @property
    def state(self) -> State:
        return release_state.name(self.observation)

    @property
    def next_revision(self) -> int:
        newest = max((each.revision for each in self.observation.revisions), default=0)
        return newest + 1


class ReleaseSite:
    """Where a release lives. Raises BadInput for an environment that headway.yaml does not name."""

    def __init__(self, workspace: Workspace, environment: str) -> None:
        self.workspace = workspace
        self.name = environment
        self.check: Callable[[], None] | None = None
        """Called before and during each action: the lease's, once it is ours."""

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

    def begun(self, seen: Seen) -> ReleaseRecord:
        """The record of this look, or a first one."""
        return seen.observation.record or release_record.begun(self.application, self.name, self.release)

    def write(self, record: ReleaseRecord, record_version: str) -> str:
        self.cluster.ensure_namespace(self.namespace)
        return self.store.write(record, record_version)

    def observe(self, *, lease_ours: bool = False, adopt: bool = False, drift: bool = True) -> Seen:
        """One look. An API server that does not answer is an observation, not an error."""
        now = datetime.now(UTC)
        try:
            seen = self._observe(now, lease_ours=lease_ours, adopt=adopt)
        except Unreachable as error:
            return Seen(Observation(now=now, desired=None, reachable=False, trouble=str(error)), None)
        if drift and seen.state in (State.IN_SYNC, State.HELD):
            return replace(seen, observation=replace(seen.observation, drift=self._drift(seen.observation)))
        return seen

    def _observe(self, now: datetime, *, lease_ours: bool, adopt: bool) -> Seen:
        record, record_version = self.store.read()
        entries = self.workspace.charts(self.name).entries(self.workspace.chart_name)
        wanted = desired.desired(entries, record, self.environment.charts_constraint, self._barred_upstream())
        content = self.read(wanted.entry) if wanted.entry else None
        digest = ""
        if content:
            self.cluster.ensure_namespace(self.namespace)
            digest = content.values_digest(self.key())
        observation = Observation(
            now=now,
            desired=wanted.entry,
            values_digest=digest,
            why_desired=wanted.why,
            record=record,
            revisions=self.helm.history(),
            policy_freeze="the environment is frozen in headway.yaml" if self.environment.frozen else "",
            lease_ours=lease_ours,
            adopt=adopt,
        )
        return Seen(observation, content, record_version)

    def key(self) -> bytes:
        return hmac_key(self.cluster, self.namespace, self.release)

    def read(self, entry: ChartEntry) -> ReleaseContent:
        """Content of a package of this environment's repository, as this environment is given it."""
        return release_content.read(
            self.workspace.package(self.name, entry), self.name, f"{entry.name}-{entry.version}.tgz"
        )

    def content_by_digest(self, digest: str) -> ReleaseContent:
        """Content of a package that the index may not offer any more. BadInput where it is not to be found."""
        repository = self.workspace.charts(self.name)
        offered = repository.entries(self.workspace.chart_name)
        entry = next((each for each in offered if each.digest == digest), None)
        if entry is None:
            raise BadInput(
                f"no entry has the digest {digest}",
                where=repository.url,
                next_step="Publish that package again, or release another version.",
            )
        return self.read(entry)

    def _drift(self, observation: Observation) -> tuple[str, ...]:
        if observation.deployed is None:
            return ()
        manifest = self.helm.manifest(observation.deployed.revision)
        return self.cluster.drifted(documents(manifest), self.namespace, self.release)

    def _barred_upstream(self) -> frozenset[str]:
        """Digests with a verdict in any environment that feeds this one."""
        digests: set[str] = set()
        upstream = self.environment.after
        while upstream:
            record = self.workspace.record(upstream)
            digests |= {verdict.chart_digest for verdict in record.verdicts} if record else set()
            upstream = self.workspace.environment(upstream).after
        return frozenset(digests)

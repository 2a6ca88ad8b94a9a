"""The read side: the status of releases, from a cluster and chart repositories alone. Writes nothing.

It needs neither git nor Prefect, nor the secrets of an application. Which releases there are, and where their versions come
from, it learns from the release records in the cluster; a headway.yaml, where one is at hand, adds what policy says.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from headway.clients.chart_repository import ReadableChartRepository, open_repository
from headway.clients.helm.revision_facts import RevisionFacts
from headway.clients.helm.storage import HelmStorage
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.decide.release.observation import Revision
from headway.decide.release.state import State
from headway.decide.review import status
from headway.decide.review.board import USUAL_ORDER
from headway.decide.review.status import ReleaseStatus
from headway.errors import BadInput, HeadwayError, Refused
from headway.model.application import Application, Environment
from headway.model.charts import ChartEntry
from headway.model.credentials import RepositoryCredentials
from headway.model.release_ref import ReleaseRef
from headway.workspace import live_drift

Summaries = RevisionFacts[tuple[str, Revision]]
"""Name of the chart and summary of each revision."""


def summaries() -> Summaries:
    return RevisionFacts(lambda stored: (stored.chart_name, stored.summary))


class StatusReader:
    """Looks at releases. An index is read once for all that come from one chart repository.

    `revisions`: kept from look to look by whoever looks again and again. `declared`: policy (freeze, constraint, order of
    environments) of the application it names; `policy`: the file it stands in. `compares`: whether live objects differ is looked
    at too, where that is what the state hangs on.
    """

    def __init__(
        self,
        credentials: RepositoryCredentials | None = None,
        declared: Application | None = None,
        policy: str = "headway.yaml",
        revisions: Summaries | None = None,
        *,
        compares: bool = True,
    ) -> None:
        self._credentials = credentials or RepositoryCredentials()
        self._declared = declared
        self._policy = policy
        self._summaries = revisions or summaries()
        self._compares = compares
        self._repositories: dict[str, ReadableChartRepository] = {}
        self._offered: dict[tuple[str, str], Sequence[ChartEntry] | HeadwayError] = {}

    def read_all(self, cluster: Cluster, namespace: str = "") -> list[ReleaseStatus]:
        """Every release with a record in the cluster, or in one namespace of it. Raises Unreachable, Refused."""
        found = [self.read(store) for store in ReleaseRecordStore.all(cluster, namespace)]
        return sorted(found, key=lambda each: (each.ref.application, self._position(each.ref), each.ref))

    def read(self, store: ReleaseRecordStore, chart: str = "") -> ReleaseStatus:
        """One release. `chart`: its chart's name; where left out that of what runs, else the application's name.

        What is damaged, or a chart repository that cannot be read, is trouble of this release alone. Raises Unreachable and
        Refused of the cluster.
        """
        now = datetime.now(UTC)
        try:
            record, _ = store.read()
            storage = HelmStorage(store.cluster, store.namespace, store.release)
            stored = self._summaries.all(storage)
        except BadInput as error:
            ref = ReleaseRef(store.release, store.namespace, store.release)
            return status.unreadable(ref, store.namespace, now=now, trouble=str(error))
        ref = (
            ReleaseRef(record.application, record.environment, record.release)
            if record
            else ReleaseRef(store.release, store.namespace, store.release)
        )
        policy = self._declared_for(ref)
        name = chart or (stored[0][0] if stored else ref.application)
        offered = self._look(store.charts or (policy.charts if policy else ""), name)
        look = partial(
            status.status,
            ref,
            store.namespace,
            now=now,
            record=record,
            revisions=tuple(summary for _, summary in stored),
            offered=None if isinstance(offered, HeadwayError) else offered,
            constraint=policy.charts_constraint if policy else None,
            policy_freeze=f"frozen in {self._policy}" if policy and policy.frozen else "",
        )
        trouble = str(offered) if isinstance(offered, HeadwayError) else ""
        seen = look(trouble=trouble)
        if not self._compares or seen.state not in (State.IN_SYNC, State.HELD):
            return seen
        try:
            return look(trouble=trouble, drift=live_drift.of(store, storage, seen.revision))
        except HeadwayError as error:
            # Not what the server says: it may quote what is secret.
            why = "these credentials may not ask" if isinstance(error, Refused) else "it does not answer"
            return look(trouble=trouble or f"whether live objects differ is not known: {why}")

    def _look(self, url: str, chart: str) -> Sequence[ChartEntry] | HeadwayError:
        if (url, chart) not in self._offered:
            try:
                self._offered[url, chart] = self._repository(url).entries(chart)
            except HeadwayError as error:
                self._offered[url, chart] = error
        return self._offered[url, chart]

    def _repository(self, url: str) -> ReadableChartRepository:
        if not url:
            raise BadInput(
                "its record does not say where its versions come from",
                where="chart repository",
                next_step="The next release writes it; until then, give a headway.yaml.",
            )
        if url not in self._repositories:
            self._repositories[url] = open_repository(url, self._credentials)
        return self._repositories[url]

    def _declared_for(self, ref: ReleaseRef) -> Environment | None:
        if self._declared is None or self._declared.application != ref.application:
            return None
        return self._declared.environments.get(ref.environment)

    def _position(self, ref: ReleaseRef) -> int:
        """Environments in the order of headway.yaml, else as they are usually called; others after them."""
        known = [*self._declared.environments] if self._declared_for(ref) and self._declared else USUAL_ORDER
        return known.index(ref.environment) if ref.environment in known else len(known)

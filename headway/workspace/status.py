"""The read side: the status of releases, from a cluster and chart repositories alone. Writes nothing.

It needs neither git nor Prefect, nor the secrets of an application. Which releases there are, and where their versions come
from, it learns from the release records in the cluster; a headway.yaml, where one is at hand, adds what policy says.
"""

import json
import logging
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from headway.clients.helm.revision_facts import Listed, RevisionFacts
from headway.clients.helm.storage import HelmStorage, StoredRevision
from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.lease import ReleaseLease
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.decide.release.observation import PENDING, Revision
from headway.decide.release.state import State
from headway.decide.review import status
from headway.decide.review.board import USUAL_ORDER
from headway.decide.review.status import ReleaseStatus
from headway.decide.supply import promotion
from headway.decide.supply.promotion import Observed, Soaking
from headway.errors import BadInput, HeadwayError, Refused
from headway.formats import manifests
from headway.model.application import Application
from headway.model.charts import ChartEntry
from headway.model.credentials import RepositoryCredentials
from headway.model.environment import Environment
from headway.model.record import ReleaseRecord
from headway.model.release_ref import ReleaseRef
from headway.workspace import live_drift
from headway.workspace.chart_addresses import ANY, ChartAddresses, NotShown
from headway.workspace.chart_repositories import ChartRepositories, Offered


@dataclass(frozen=True, slots=True)
class Summary:
    """What a status takes of one revision."""

    chart: str
    revision: Revision
    objects: bytes = field(default=b"", repr=False)
    """What it holds, as packed JSON: its YAML takes a hundred times as long to read. Of what is deployed alone."""


_LOG = logging.getLogger(__name__)
Summaries = RevisionFacts[Summary]
Standing = Mapping[tuple[str, str], Sequence[Object]]
"""Secrets of what is deployed, failed or under way, by namespace and name of the release."""
REPOSITORIES_SECONDS = 30.0
NOT_COMPARED = "whether live objects differ is not looked at yet"


def summaries() -> Summaries:
    return RevisionFacts(_summary)


def _summary(stored: StoredRevision) -> Summary:
    return Summary(stored.chart_name, stored.summary, _packed(stored) if stored.status == "deployed" else b"")


def _packed(stored: StoredRevision) -> bytes:
    """Empty where it cannot be read; why is said when it is looked at."""
    try:
        return zlib.compress(json.dumps(manifests.documents(stored.manifest)).encode(), 1)
    except (BadInput, TypeError, ValueError):
        return b""


@dataclass(frozen=True, slots=True)
class _Begun:
    """A release as its cluster knows it."""

    store: ReleaseRecordStore
    record: ReleaseRecord | None
    ref: ReleaseRef
    stored: tuple[Summary, ...]
    policy: Environment | None
    url: str
    chart: str


class StatusReader:
    """Looks at releases. An index is read once for all that come from one chart repository.

    `revisions`: kept from look to look by whoever looks again and again. `declared`: policy (freeze, constraint, order of
    environments) of the application it names; `policy`: the file it stands in. `charts`: chart repositories that a record may
    name; `repositories`: kept from look to look: an index is then read where it has changed alone.
    `seconds`: for all chart repositories of a look; what has not answered by then is said of its releases.
    """

    def __init__(
        self,
        credentials: RepositoryCredentials | None = None,
        declared: Application | None = None,
        policy: str = "headway.yaml",
        revisions: Summaries | None = None,
        charts: ChartAddresses = ANY,
        repositories: ChartRepositories | None = None,
        seconds: float = REPOSITORIES_SECONDS,
    ) -> None:
        self._declared = declared
        self._policy = policy
        self._charts = charts
        self._summaries = revisions or summaries()
        self._repositories = repositories or ChartRepositories(credentials)
        self._seconds = seconds
        self._offered: dict[tuple[str, str], Offered] = {}
        self._seen: Mapping[ReleaseRef, _Begun] = {}

    def read_all(self, cluster: Cluster, namespace: str = "", *, drift: bool = True) -> list[ReleaseStatus]:
        """Every release with a record in the cluster, or in one namespace of it. Raises Unreachable, Refused.

        Without `drift` live objects are not looked at, and each status says so: that takes most of the time of a look.
        """
        records = list(ReleaseRecordStore.found(cluster, namespace))
        standing = _standing(cluster, namespace)
        found: list[ReleaseStatus] = []
        begun: list[_Begun] = []
        for store, record in records:
            with _troubling_itself_alone(store, found):
                if isinstance(record, BadInput):
                    raise record
                begun.append(self._begin(store, record, "", standing))
        self._ask(begun)
        self._seen = {each.ref: each for each in begun}
        for each in begun:
            with _troubling_itself_alone(each.store, found):
                found.append(self._status(each, drift=drift))
        return sorted(found, key=lambda each: (each.ref.application, self._position(each.ref), each.ref))

    def read(self, store: ReleaseRecordStore, chart: str = "", *, drift: bool = True) -> ReleaseStatus:
        """One release. `chart`: its chart's name; where left out that of what runs, else the application's name. `drift`: as
        read_all has it.

        What is damaged, or a chart repository that cannot be read, is trouble of this release alone. Raises Unreachable and
        Refused of the cluster.
        """
        try:
            begun = self._begin(store, store.read()[0], chart, {})
            self._ask([begun])
            return self._status(begun, drift=drift)
        except BadInput as error:
            return _unreadable(store, str(error))

    def _revisions(self, storage: HelmStorage, standing: Standing) -> tuple[Summary, ...]:
        """The newest, and what is deployed: no other says anything of how a release stands."""
        listed = standing.get((storage.namespace, storage.release), ())
        known = self._summaries.of(storage, listed)
        if any(each.revision.status == "deployed" for each in known):
            return known
        return self._summaries.some(storage, _deciding)[0]

    def _begin(
        self, store: ReleaseRecordStore, record: ReleaseRecord | None, chart: str, standing: Standing
    ) -> "_Begun":
        """What the cluster says. Raises BadInput for what is damaged."""
        stored = self._revisions(HelmStorage(store.cluster, store.namespace, store.release), standing)
        ref = (
            ReleaseRef(record.application, record.environment, record.release)
            if record
            else ReleaseRef(store.release, store.namespace, store.release)
        )
        policy = self._declared_for(ref)
        url = store.charts or (policy.charts if policy else "")
        name = chart or (stored[0].chart if stored else ref.application)
        return _Begun(store, record, ref, stored, policy, url, name)

    def _status(self, begun: "_Begun", *, drift: bool) -> ReleaseStatus:
        """Raises BadInput for what is damaged."""
        now = datetime.now(UTC)
        store, record, ref, stored, policy = begun.store, begun.record, begun.ref, begun.stored, begun.policy
        storage = HelmStorage(store.cluster, store.namespace, store.release)
        offered = self._told(begun)
        at_work = _at_work(store, stored)
        soaking = None if isinstance(offered, HeadwayError) else self._soaking(begun, offered, now)

        def look(trouble: str, drift: tuple[str, ...] = ()) -> ReleaseStatus:
            found = status.status(
                ref,
                store.namespace,
                now=now,
                record=record,
                revisions=tuple(each.revision for each in stored),
                offered=None if isinstance(offered, HeadwayError) else offered,
                constraint=policy.charts_constraint if policy else None,
                policy_freeze=f"frozen in {self._policy}" if policy and policy.frozen else "",
                drift=drift,
                trouble=trouble,
                blocked=store.trouble,
            )
            return replace(
                found,
                gated=policy.gate == "approval" if policy else None,
                corrects=policy.drift == "correct" if policy else None,
                at_work=at_work,
                declared_in=store.declared_in,
                soaking=soaking,
                unnamed_in=self._policy if self._is_declared(ref) and not policy else "",
            )

        trouble = self._charts.tell(offered) if isinstance(offered, HeadwayError) else ""
        seen = look(trouble)
        if seen.state not in (State.IN_SYNC, State.HELD):
            return seen
        if not drift:
            return look(trouble or NOT_COMPARED)
        deployed = next((each for each in stored if each.revision.revision == seen.revision), None)
        try:
            return look(trouble, _drift(store, storage, deployed))
        except HeadwayError as error:
            # Not what the server says: it may quote what is secret.
            why = "these credentials may not ask" if isinstance(error, Refused) else "it does not answer"
            return look(trouble or f"whether live objects differ is not known: {why}")

    def _soaking(self, begun: "_Begun", present: Sequence[ChartEntry], now: datetime) -> Soaking | None:
        """None where policy, or an environment that feeds it, is not at hand."""
        if begun.policy is None or self._declared is None:
            return None
        *before, _ = self._declared.way(begun.ref.environment)
        refs = [self._declared.release_ref(each) for each in reversed(before)]
        if not all(each in self._seen for each in refs):
            return None
        upstream = [self._seen[each].record for each in refs]
        observed = Observed(upstream, (), begun.record, present, now, self._policy)
        return promotion.soaking(begun.policy, observed)

    def _ask(self, begun: Sequence["_Begun"]) -> None:
        """All chart repositories that these come from, beside each other: one that hangs is the trouble of its own releases."""
        wanted: dict[str, set[str]] = {}
        for each in begun:
            if self._refused(each) is None and (each.url, each.chart) not in self._offered:
                wanted.setdefault(each.url, set()).add(each.chart)
        self._offered |= self._repositories.offered(wanted, self._seconds)

    def _told(self, begun: "_Begun") -> Offered:
        return self._refused(begun) or self._offered[begun.url, begun.chart]

    def _refused(self, begun: "_Begun") -> BadInput | None:
        """Why its chart repository is not asked."""
        if not begun.url:
            return NotShown(
                "its record does not say where its versions come from",
                where="chart repository",
                next_step="The next release writes it; until then, give a headway.yaml.",
            )
        try:
            self._charts.require(begun.url, begun.ref.application, begun.chart)
        except BadInput as error:
            return error
        return None

    def _declared_for(self, ref: ReleaseRef) -> Environment | None:
        if self._declared is None or not self._is_declared(ref):
            return None
        return self._declared.environments.get(ref.environment)

    def _is_declared(self, ref: ReleaseRef) -> bool:
        return self._declared is not None and self._declared.application == ref.application

    def _position(self, ref: ReleaseRef) -> int:
        """Environments in the order of headway.yaml, else as they are usually called; others after them."""
        known = [*self._declared.environments] if self._declared and self._is_declared(ref) else USUAL_ORDER
        return known.index(ref.environment) if ref.environment in known else len(known)


def _standing(cluster: Cluster, namespace: str) -> Standing:
    """Of all by one request; none where these credentials may ask in the namespace of each release alone."""
    try:
        return HelmStorage.standing_in(cluster, namespace)
    except Refused:
        return {}


def _deciding(listed: Listed) -> set[int]:
    living = [each for each, said in listed.items() if said.status != "uninstalled"]
    deployed = [each for each in living if listed[each].status == "deployed"]
    return {max(each) for each in (listed, living, deployed) if each}


@contextmanager
def _troubling_itself_alone(store: ReleaseRecordStore, found: list[ReleaseStatus]) -> Iterator[None]:
    """What is damaged, or no error of ours, is what `found` has of this release: the others are looked at all the same."""
    try:
        yield
    except BadInput as error:
        found.append(_unreadable(store, str(error)))
    except HeadwayError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the trouble of one release
        _LOG.exception("%s/%s: it could not be looked at", store.namespace, store.release)
        # Not what it says: it may quote what is secret.
        found.append(
            _unreadable(store, f"it could not be looked at: {type(error).__name__}, the log says where")
        )


def _unreadable(store: ReleaseRecordStore, trouble: str) -> ReleaseStatus:
    ref = ReleaseRef(store.release, store.namespace, store.release)
    return status.unreadable(ref, store.namespace, now=datetime.now(UTC), trouble=trouble)


def _at_work(store: ReleaseRecordStore, stored: Sequence[Summary]) -> str:
    """The version of the newest revision, where Helm is at it for whoever holds the lease; empty where that is not known."""
    newest = stored[0].revision if stored else None
    if newest is None or newest.status not in PENDING:
        return ""
    try:
        held = ReleaseLease(store.cluster, store.namespace, store.release).is_held()
    except HeadwayError:
        return ""
    return newest.chart_version if held else ""


def _drift(store: ReleaseRecordStore, storage: HelmStorage, deployed: Summary | None) -> tuple[str, ...]:
    """Of the revision that is deployed. Raises Refused, Unreachable, and BadInput where it has just gone."""
    if deployed is None:
        return ()
    return live_drift.of(store, storage, deployed.revision.revision, deployed.objects)

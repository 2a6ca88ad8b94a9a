"""Follows a commit, image, chart or version through every release at hand: records, Helm's storage, archives and indices; a clone
where one is named. What could not be asked is said, and hides nothing of the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from headway.clients.chart_repository import ReadableChartRepository, open_repository
from headway.clients.helm.storage import HelmStorage
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.decide.review import tracing
from headway.decide.review.tracing import Held, Index, Trace
from headway.errors import HeadwayError, Refused
from headway.model.charts import ChartEntry
from headway.model.credentials import RepositoryCredentials
from headway.model.release_history import HistoryEntry, ReleaseHistory
from headway.workspace import known_releases, unreleased
from headway.workspace.release_history import ReleaseHistoryReader

NO_CLONE = (
    "what holds this commit without naming it is not known: name a clone of its repository by --repository"
)

NO_LABELS = "some images' tags name no commit: --registry asks their registries for it"


def trace(
    what: str,
    clusters: Iterable[Cluster],
    *,
    namespace: str = "",
    clones: Sequence[Path] = (),
    ask_registries: bool = False,
    credentials: RepositoryCredentials | None = None,
    reader: ReleaseHistoryReader | None = None,
) -> Trace:
    """`ask_registries`: for the commits of images whose tag names none. `reader`: one that is kept reads archives once.

    Raises Unreachable and Refused of a cluster.
    """
    credentials = credentials or RepositoryCredentials()
    reader = reader or ReleaseHistoryReader(credentials)
    clusters, unknown = tuple(clusters), list[str]()
    stores = [each.store for each in known_releases.every(clusters, namespace)]
    stores += _by_hand(clusters, namespace, unknown)
    histories = reader.look_at(stores)
    charts: dict[str, set[str]] = {}
    for store, history in zip(stores, histories, strict=True):
        if store.charts:
            charts.setdefault(store.charts, set()).update(_chart_names(history))
    unknown += [f"{each.ref}: {said}" for each in histories for said in each.trouble]
    told: dict[str, list[HistoryEntry]] = {}
    for store, history in zip(stores, histories, strict=True):
        told.setdefault(store.charts, []).extend(history.entries)
    indices = _indices(charts, told, credentials, unknown)
    if ask_registries:
        from headway.workspace import image_facts

        histories = image_facts.with_commits(histories, unknown)
    elif any(not image.commit for one in histories for entry in one.entries for image in entry.images):
        unknown.append(NO_LABELS)
    what, holding = _in_clones(what, clones, histories, indices, unknown)
    return tracing.trace(what, histories, indices, holding, unknown)


def _by_hand(clusters: Sequence[Cluster], namespace: str, unknown: list[str]) -> list[ReleaseRecordStore]:
    """Releases that have no record. Who may not look into all namespaces is told so."""
    found = []
    for cluster in clusters:
        recorded = {(each.namespace, each.release) for each in ReleaseRecordStore.all(cluster, namespace)}
        try:
            deployed, unreadable = HelmStorage.deployed_in(cluster)
        except Refused as error:
            unknown.append(f"releases that were made by hand are not known: {error}")
            continue
        unknown += unreadable
        found += [
            ReleaseRecordStore(cluster, *place)
            for place in deployed
            if place not in recorded and namespace in ("", place[0])
        ]
    return found


def _chart_names(history: ReleaseHistory) -> set[str]:
    return {
        name
        for entry in history.entries
        for name in (entry.chart, *(each.name for each in entry.charts))
        if name
    }


def _indices(
    charts: dict[str, set[str]],
    told: Mapping[str, Sequence[HistoryEntry]],
    credentials: RepositoryCredentials,
    unknown: list[str],
) -> list[Index]:
    """`told`: what histories tell of each repository's charts. What was published since is read: no index names its images."""
    found = []
    for url, names in sorted(charts.items()):
        try:
            repository = open_repository(url, credentials)
            entries = [entry for name in sorted(names) for entry in repository.entries(name)]
        except HeadwayError as error:
            unknown.append(f"what is published is not known: {error}")
            continue
        found.append(Index(url, tuple(entries), _held(repository, entries, told[url], unknown)))
    return found


def _held(
    repository: ReadableChartRepository,
    entries: Sequence[ChartEntry],
    told: Sequence[HistoryEntry],
    unknown: list[str],
) -> Mapping[str, Held]:
    found: dict[str, Held] = {}
    for chart in sorted({each.chart for each in told if each.chart}):
        offered = [each for each in entries if each.name == chart]
        since = unreleased.newer(offered, [each.version for each in told if each.chart == chart])
        read = unreleased.read(since, (), repository, {}, unknown)
        found |= {digest: Held(each.images, each.charts) for digest, each in read.items()}
    return found


def _in_clones(
    what: str,
    clones: Sequence[Path],
    histories: Sequence[ReleaseHistory],
    indices: Sequence[Index],
    unknown: list[str],
) -> tuple[str, frozenset[str]]:
    """`what` as the clones name it in full, and the commits that hold it."""
    if not clones:
        if tracing.is_commit(what):
            unknown.append(NO_CLONE)
        return what, frozenset()
    from headway.clients.git import ancestry

    candidates = tracing.candidates(histories, indices)
    full, holding = what, frozenset[str]()
    for clone in clones:
        if commit := ancestry.resolved(clone, what):
            full = commit
            holding |= ancestry.holding(clone, commit, candidates)
    if full == what and not tracing.is_commit(what):
        return what, holding
    if not holding and full == what:
        unknown.append(f"no clone that was named knows {what}")
    return full, holding

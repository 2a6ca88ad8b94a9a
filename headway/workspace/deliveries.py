"""The read side: an application's environments with what each is offered, for pages and commands that follow one change.

Out of records, Helm's storage, archives and indices; a package that no history tells of is read, since no index names its images.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from headway.clients.chart_repository import ReadableChartRepository, open_repository
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.review.board import in_order
from headway.decide.review.changes import Place, Version
from headway.errors import HeadwayError
from headway.model.application import Application as Declared
from headway.model.charts import ChartEntry
from headway.model.credentials import RepositoryCredentials
from headway.model.release_ref import ReleaseRef
from headway.workspace import known_releases, unreleased
from headway.workspace.chart_addresses import ANY, ChartAddresses, NotShown
from headway.workspace.known_releases import KnownRelease
from headway.workspace.release_history import ReleaseHistoryReader

NOT_ITS_OWN = "their repository is not named as this application's"


@dataclass(frozen=True, slots=True)
class Application:
    """One application as it was seen."""

    places: tuple[Place, ...]
    packages: dict[str, Version]
    """By digest: what was read of packages that no history tells of."""
    service_charts: tuple[ChartEntry, ...] = ()
    """That the first environment's repository offers, of those that any version names."""
    trouble: tuple[str, ...] = ()


Found = tuple[ReleaseRef, Place]


def in_order_of(found: Iterable[Found], order: Sequence[str]) -> tuple[Place, ...]:
    """By the way that a version takes, as records tell it; where they do not, as `order` says, as far as somebody said that.
    `where` stays with those alone that have to be told apart by it."""
    every = [(ref, place if place.way else replace(place, way=_said(ref, order))) for ref, place in found]
    named = Counter(ref.environment for ref, _ in every)
    ordered = in_order({name for ref, place in every for name in (ref.environment, *place.way)}, order)

    def position(each: Found) -> tuple[bool, list[int], ReleaseRef]:
        ref, place = each
        return not place.way, [ordered.index(name) for name in place.way or (ref.environment,)], ref

    every.sort(key=position)
    return tuple(place if named[ref.environment] > 1 else replace(place, where="") for ref, place in every)


def _said(ref: ReleaseRef, order: Sequence[str]) -> tuple[str, ...]:
    at = order.index(ref.environment) + 1 if ref.environment in order else 0
    return tuple(order[:at])


@dataclass(slots=True)
class DeliveryReader:
    """Kept by whoever looks again: a package, and what was archived, is read once."""

    histories: ReleaseHistoryReader
    charts: ChartAddresses = ANY
    credentials: RepositoryCredentials = field(default_factory=RepositoryCredentials)
    _packages: dict[str, Version] = field(default_factory=dict)

    def read(
        self,
        application: str,
        clusters: Iterable[Cluster],
        declared: Declared | None = None,
        namespace: str = "",
    ) -> Application:
        """`declared`: which environments come after which, and in which order they are told. Raises Unreachable and Refused of a
        cluster."""
        found = [each for cluster in clusters for each in self.places(application, cluster, namespace)]
        order = tuple(declared.environments) if declared else ()
        if declared:
            ways = {name: declared.way(name) for name in order}
            found = [(ref, replace(each, way=ways.get(ref.environment, ()))) for ref, each in found]
        return self.offered(application, in_order_of(found, order))

    def places(self, application: str, cluster: Cluster, namespace: str = "") -> list[Found]:
        """Those of one cluster, in no order. Raises Unreachable and Refused of it."""
        repositories: dict[str, ReadableChartRepository] = {}
        return [
            (each.ref, self._place(each, repositories))
            for each in known_releases.every([cluster], namespace)
            if each.ref.application == application
        ]

    def offered(self, application: str, places: Sequence[Place]) -> Application:
        """The application, with what the repository of its first environment offers beside."""
        trouble = list[str]()
        # Of what it may look into: else nothing would be offered.
        first = places[0] if places else None
        packages: dict[str, Version] = {}
        charts: list[ChartEntry] = []
        if first and first.offered:
            told = [entry for place in places for entry in place.entries]
            digests = {entry.chart_digest for entry in told if entry.images}
            try:
                repository = open_repository(first.repository, self.credentials)
                packages = unreleased.read(
                    first.offered, digests, repository, self._packages, trouble, self.charts.tell
                )
                if self.charts.shows_all(first.repository, application):
                    named = [*(each.charts for each in told), *(each.charts for each in packages.values())]
                    names = {chart.name for every in named for chart in every}
                    charts = [entry for name in sorted(names) for entry in repository.entries(name)]
                else:
                    # Histories and packages may name any chart.
                    trouble.append(f"which service charts are published is not known: {NOT_ITS_OWN}")
            except HeadwayError as error:
                trouble.append(f"which service charts are published is not known: {self.charts.tell(error)}")
        return Application(tuple(places), packages, tuple(charts), tuple(trouble))

    def _place(self, release: KnownRelease, repositories: dict[str, ReadableChartRepository]) -> Place:
        history = self.histories.look(release.store)
        url, trouble = release.store.charts, [f"{release.ref}: {each}" for each in history.trouble]
        chart = next((each.chart for each in history.entries if each.chart), release.ref.application)
        offered: tuple[ChartEntry, ...] | None = None
        try:
            if not url:
                raise NotShown("its record does not say where its versions come from", where=str(release.ref))
            self.charts.require(url, release.ref.application, chart)
            if url not in repositories:
                repositories[url] = open_repository(url, self.credentials)
            repository = repositories[url]
            offered = tuple(repository.entries(chart))
        except HeadwayError as error:
            trouble.append(f"{release.ref}: what is published is not known: {self.charts.tell(error)}")
        return Place(
            release.ref.environment,
            history.entries,
            release.record,
            offered,
            url,
            tuple(dict.fromkeys(trouble)),
            release.store.way,
            f"release {release.store.release} in namespace {release.store.namespace}",
        )

"""The figures of every release that has a record: for the command, and for whoever scrapes a view."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from headway.clients import side_by_side
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.review.figures import WINDOW, Figures, Known, figures, new_images
from headway.errors import HeadwayError
from headway.formats import foreign_time
from headway.model.credentials import RepositoryCredentials
from headway.model.images import ImageFacts
from headway.model.release_history import HistoryImage, ReleaseHistory
from headway.model.release_ref import ReleaseRef
from headway.workspace import known_releases
from headway.workspace.chart_addresses import ANY, ChartAddresses
from headway.workspace.release_history import ReleaseHistoryReader

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is not known of a release, in a sentence."""

    ref: ReleaseRef
    sentence: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """What clusters, archives and chart repositories tell, before it is counted."""

    histories: Sequence[ReleaseHistory]
    published: Sequence[Mapping[str, datetime]]
    """When what is offered still was published, by digest; of each history."""
    trouble: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """What was told, counted; in the order of releases."""

    figures: tuple[Figures, ...] = ()
    trouble: tuple[Trouble, ...] = ()

    def of(self, is_wanted: Callable[[ReleaseRef], bool]) -> tuple[tuple[Figures, ...], tuple[str, ...]]:
        """Of some releases, with what is not known of them, a sentence once."""
        said = dict.fromkeys(each.sentence for each in self.trouble if is_wanted(each.ref))
        return tuple(each for each in self.figures if is_wanted(each.ref)), tuple(said)


def of_clusters(
    clusters: Iterable[Cluster],
    now: datetime,
    *,
    namespace: str = "",
    window: timedelta = WINDOW,
    ask_registries: bool = False,
) -> tuple[Counted, tuple[str, ...]]:
    """With what registries did not tell, a sentence each. `ask_registries`: for when images were built.

    Raises Unreachable, Refused.
    """
    told = read(clusters, ReleaseHistoryReader(), namespace=namespace)
    trouble: list[str] = []
    built = _built(told.histories, trouble) if ask_registries else {}
    return counted([told], now, window, built), tuple(trouble)


def read(
    clusters: Iterable[Cluster],
    reader: ReleaseHistoryReader,
    charts: ChartAddresses = ANY,
    *,
    namespace: str = "",
) -> Gathered:
    """`reader`: one that is kept reads archives once. Raises Unreachable, Refused."""
    stores = [each.store for each in known_releases.every(clusters, namespace)]
    histories = reader.look_at(stores)
    trouble = [Trouble(each.ref, f"{each.ref}: {said}") for each in histories for said in each.trouble]
    published = _published(charts, [store.charts for store in stores], histories, trouble)
    return Gathered(histories, published, tuple(trouble))


def counted(
    told: Iterable[Gathered],
    now: datetime,
    window: timedelta = WINDOW,
    built: Mapping[str, datetime] | None = None,
) -> Counted:
    """Of all of them together, since a version is promoted from one cluster into another. Of those that say they are the same
    release none is counted: nobody could tell which is meant.
    """
    told = list(told)
    histories = [history for each in told for history in each.histories]
    published = [offered for each in told for offered in each.published]
    found = [
        figures(
            each.ref,
            each.entries,
            now,
            window,
            Known(offered, _tested_elsewhere(each, histories), built or {}),
        )
        for each, offered in zip(histories, published, strict=True)
    ]
    named = Counter(each.ref for each in found)
    twice = [
        Trouble(ref, f"{number} releases say that they are {ref}: none of them is counted")
        for ref, number in named.items()
        if number > 1
    ]
    return Counted(
        tuple(sorted((each for each in found if named[each.ref] == 1), key=lambda each: each.ref)),
        (*(trouble for each in told for trouble in each.trouble), *twice),
    )


def _published(
    addresses: ChartAddresses,
    urls: Sequence[str],
    histories: Sequence[ReleaseHistory],
    trouble: list[Trouble],
) -> list[dict[str, datetime]]:
    """What their indices offer still, each asked once and a few at a time."""
    named = [
        (url, one.ref.application, next((each.chart for each in one.entries if each.chart), ""))
        for url, one in zip(urls, histories, strict=True)
    ]
    places = list(dict.fromkeys(named))
    offers = side_by_side.each(partial(_offered, addresses), places, _AT_ONCE)
    answers = dict(zip(places, offers, strict=True))
    trouble += [
        Trouble(one.ref, said)
        for place, one in zip(named, histories, strict=True)
        if isinstance(said := answers[place], str)
    ]
    found = [answers[place] for place in named]
    return [{} if isinstance(each, str) else each for each in found]


def _offered(charts: ChartAddresses, place: tuple[str, str, str]) -> dict[str, datetime] | str:
    url, application, chart = place
    if not (url and chart):
        return {}
    try:
        repository = charts.open(url, RepositoryCredentials(), application, chart)
        return {each.digest: each.created for each in repository.entries(chart)}
    except HeadwayError as error:
        return f"when versions of {chart} were published is not known: {charts.tell(error)}"


def _tested_elsewhere(history: ReleaseHistory, every: Sequence[ReleaseHistory]) -> dict[str, list[datetime]]:
    found: dict[str, list[datetime]] = {}
    for other in every:
        if other.ref.application != history.ref.application or other.ref == history.ref:
            continue
        for entry in other.entries:
            if entry.tested_at and entry.chart_digest:
                found.setdefault(entry.chart_digest, []).append(entry.tested_at)
    return found


def _built(histories: Sequence[ReleaseHistory], trouble: list[str]) -> Mapping[str, datetime]:
    from headway.workspace import image_facts

    came: dict[str, set[str]] = {}
    images: dict[str, HistoryImage] = {}
    for history in histories:
        for digest, new in new_images(history.entries).items():
            came.setdefault(digest, set()).update(each.reference for each in new)
            images |= {each.reference: each for each in new}
    facts = image_facts.of(images.values())
    trouble += [each for each in facts.values() if isinstance(each, str)]
    found = {}
    for digest, references in came.items():
        times = [
            time
            for each in references
            if isinstance(said := facts.get(each), ImageFacts) and (time := foreign_time.read(said.created))
        ]
        if times:
            found[digest] = max(times)
    return found

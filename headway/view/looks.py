"""What runs where, in one or several clusters, as of some seconds ago: many viewers cost one look.

A cluster is looked at only while somebody views, by one thread at a time, and less often the longer a look takes. One that cannot
be read is a line on the board; what was seen of it before stays, with its age.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from threading import Lock

from headway.clients.clock import elapsing
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.review.status import ReleaseStatus
from headway.errors import Unreachable
from headway.view import told

LIVES_SECONDS = 5.0
"""How old what is shown may be."""
REST = 4.0
"""A cluster rests for so many times as long as the last look at it took."""
IDLE_SECONDS = 15.0
"""What nobody has looked at for so long, though it was time, is not shown as it was."""
_FIRST_SECONDS, _AFTER_IDLE_SECONDS, _AFTER_AN_ACT_SECONDS, _AGAIN_SECONDS = 10.0, 5.0, 2.0, 0.1
"""How long a page waits for a look: where nothing was seen yet, where nobody has looked for long, where somebody has just started
something, and else."""
_LOG = logging.getLogger(__name__)

Read = Callable[[Cluster], Sequence[ReleaseStatus]]


@dataclass(frozen=True, slots=True)
class NamedCluster:
    """`name` as people read it, such as the context of a kubeconfig; `open` raises BadInput and calls nobody."""

    name: str
    open: Callable[[], Cluster]


@dataclass(frozen=True, slots=True)
class Seen:
    """One release, and the cluster that it is in."""

    cluster: str
    status: ReleaseStatus

    @property
    def place(self) -> tuple[str, str]:
        """Application and environment, as its record says: what people call it by."""
        return self.status.ref.application, self.status.ref.environment


@dataclass(frozen=True, slots=True)
class Trouble:
    """A cluster that could not be read, at all or again."""

    cluster: str
    sentence: str


@dataclass(frozen=True)
class Sight:
    """All clusters, as they were last seen."""

    at: datetime
    """Of the oldest look among them; now where there is none."""
    releases: tuple[Seen, ...]
    troubles: tuple[Trouble, ...]

    @cached_property
    def ambiguous(self) -> frozenset[tuple[str, str]]:
        """Applications and environments that several releases say they are: whoever may write a record may name any."""
        called = Counter(each.place for each in self.releases)
        return frozenset(place for place, number in called.items() if number > 1)


@dataclass
class _Place:
    cluster: NamedCluster
    opened: Cluster | None = None
    releases: Sequence[ReleaseStatus] = ()
    seen_at: datetime | None = None
    trouble: str = ""
    next_at: float = 0.0
    looking_since: float = 0.0
    began_at: float = -1.0
    """When the last look that has ended began."""
    acted_at: float = -2.0
    """When somebody started something that may have changed it."""
    fresh_until: float = 0.0
    was_idle: bool = False
    """Nobody had looked for long when the look that is under way began."""
    under_way: "Future[None] | None" = None
    lock: Lock = field(default_factory=Lock)

    @property
    def is_outdated(self) -> bool:
        return self.acted_at > self.began_at


class Looks:
    """`read`: all releases of one cluster; it may raise whatever it likes. `first`: the same, sooner, for the first look."""

    def __init__(
        self,
        clusters: Sequence[NamedCluster],
        read: Read,
        *,
        first: Read | None = None,
        lives_seconds: float = LIVES_SECONDS,
        clock: Callable[[], float] = elapsing,
    ) -> None:
        self._places = [_Place(each) for each in clusters]
        self._read = read
        self._first = first or read
        self._lives = lives_seconds
        self._clock = clock
        self._last: tuple[object, Sight] | None = None
        self._pool = ThreadPoolExecutor(max(1, len(clusters)), thread_name_prefix="look")

    @property
    def clusters(self) -> tuple[NamedCluster, ...]:
        return tuple(each.cluster for each in self._places)

    def opened(self, name: str) -> Cluster:
        """The cluster of that name. Raises LookupError where there is none, BadInput."""
        place = next((each for each in self._places if each.cluster.name == name), None)
        if place is None:
            raise LookupError(name)
        return self._open(place)

    def sight(self) -> Sight:
        """What is known by now; a cluster that keeps one waiting is shown as it was. The same object until more is known."""
        asked_at = self._clock()
        looking = [(place, future) for place in self._places if (future := self._begin(place))]
        for place, future in looking:
            wait([future], timeout=max(0.0, asked_at + self._patience(place) - self._clock()))
        as_of = tuple((each.seen_at, each.trouble) for each in self._places)
        if self._last is None or self._last[0] != as_of:
            self._last = as_of, self._sight()
        return self._last[1]

    def is_ambiguous(self, seen: Seen) -> bool:
        """Whether others say that they are it, as of the last sight. Waits for nobody."""
        return self._last is not None and seen.place in self._last[1].ambiguous

    def begin(self) -> None:
        """Look before anybody asks."""
        for place in self._places:
            self._begin(place)

    def clusters_of(self, application: str, environment: str = "") -> frozenset[str]:
        """Of an application, or of one environment of it: their names, as far as they were seen. Waits for nobody."""
        return frozenset(
            place.cluster.name
            for place in self._places
            for each in place.releases
            if each.ref.application == application and environment in ("", each.ref.environment)
        )

    def _patience(self, place: _Place) -> float:
        """Seconds. From when the look began: a cluster that hangs keeps the first page waiting, and no other."""
        waited = self._clock() - place.looking_since
        if not (place.seen_at or place.trouble):
            return max(_AGAIN_SECONDS, _FIRST_SECONDS - waited)
        if place.was_idle:
            return max(_AGAIN_SECONDS, _AFTER_IDLE_SECONDS - waited)
        if place.is_outdated:
            waited = self._clock() - max(place.acted_at, place.looking_since)
            return max(_AGAIN_SECONDS, _AFTER_AN_ACT_SECONDS - waited)
        return _AGAIN_SECONDS

    def _sight(self) -> Sight:
        return Sight(
            at=min((each.seen_at for each in self._places if each.seen_at), default=datetime.now(UTC)),
            releases=tuple(
                Seen(each.cluster.name, found) for each in self._places for found in each.releases
            ),
            troubles=tuple(
                Trouble(each.cluster.name, said) for each in self._places if (said := _trouble(each))
            ),
        )

    def forget(self) -> None:
        """Have the next sight look anew: somebody has just started something."""
        for place in self._places:
            place.next_at, place.acted_at = 0.0, self._clock()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _begin(self, place: _Place) -> "Future[None] | None":
        with place.lock:
            if place.under_way and not place.under_way.done():
                return place.under_way
            if self._clock() < place.next_at:
                return None
            place.looking_since = self._clock()
            place.was_idle = place.looking_since > place.fresh_until + IDLE_SECONDS
            place.under_way = self._pool.submit(self._look, place)
            return place.under_way

    def _look(self, place: _Place) -> None:
        began = self._clock()
        is_first = place.seen_at is None and self._first is not self._read
        try:
            found = (self._first if is_first else self._read)(self._open(place))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the trouble of one cluster
            # Credentials or addresses may have changed: the kubeconfig is read anew.
            place.trouble, place.opened = told.sentence(error), None
            _LOG.warning("%s: %s", place.cluster.name, error, exc_info=not isinstance(error, Unreachable))
        else:
            place.releases, place.seen_at, place.trouble = found, datetime.now(UTC), ""
        took = self._clock() - began
        place.began_at = began
        # What a first look left out is looked at next.
        soon = place.is_outdated or (is_first and not place.trouble)
        place.fresh_until = began + took + max(self._lives, REST * took)
        place.next_at = 0.0 if soon else place.fresh_until

    def _open(self, place: _Place) -> Cluster:
        if place.opened is None:
            place.opened = place.cluster.open()
        return place.opened


def _trouble(place: _Place) -> str:
    if place.trouble and place.seen_at:
        return f"{place.trouble}; shown is what was seen at {place.seen_at:%H:%M:%S} UTC"
    return place.trouble or ("" if place.seen_at else "it has not answered yet")

"""How often, how fast and how well an environment is delivered to: the four figures of DORA (https://dora.dev/guides/dora-metrics/),
out of a history.

A change is a package that was brought in, however often it was tried. It failed where it was gone back from, by Headway or by a
person. What people's own Helm brought counts as deployed, for nobody tested it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from headway.decide.review import stage_times
from headway.decide.review.stage_times import Moments, Spread
from headway.model.release_history import HistoryEntry, HistoryImage
from headway.model.release_ref import ReleaseRef

WINDOW = timedelta(days=30)


PARTS = 10


@dataclass(frozen=True, slots=True)
class Part:
    """Of a trend. Seconds are medians."""

    since: datetime
    until: datetime
    deployments: int
    changes: int
    failures: int
    lead_seconds: float | None = None

    @property
    def failure_rate(self) -> float | None:
        """Between 0 and 1."""
        return self.failures / self.changes if self.changes else None


@dataclass(frozen=True, slots=True)
class Known:
    """What no history tells, each by the digest of a package."""

    published: Mapping[str, datetime] = field(default_factory=dict)
    """When the environment's chart repository began to offer it."""
    tested: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    """When it had passed its tests in other environments."""
    built: Mapping[str, datetime] = field(default_factory=dict)
    """When the newest of the images that came with it was built."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the time from `since` until `until`. Seconds are medians; None where nothing of the kind happened, or nobody knows."""

    ref: ReleaseRef
    since: datetime
    until: datetime
    deployments: int
    """Changes that were brought in and stayed at first."""
    changes: int
    failures: int
    """Of the changes."""
    restored: int
    """Of the failures."""
    lead_seconds: float | None = None
    """From the application's commit until it had passed its tests."""
    waited_seconds: float | None = None
    """The first part of that: until its release began."""
    released_seconds: float | None = None
    """The second part: until it was tested."""
    restore_seconds: float | None = None
    """From the failure until what passed its tests runs again."""
    stages: tuple[Spread, ...] = ()
    """How long each stage of a delivery took, over the deployments."""
    trend: tuple[Part, ...] = ()
    """The same time in parts of the same length, the oldest first."""

    @property
    def per_day(self) -> float:
        days = (self.until - self.since) / timedelta(days=1)
        return self.deployments / days if days else 0.0

    @property
    def failure_rate(self) -> float | None:
        """Between 0 and 1."""
        return self.failures / self.changes if self.changes else None


@dataclass(frozen=True, slots=True)
class _Change:
    """Tries of one package in a row, and how it ended."""

    entries: tuple[HistoryEntry, ...]
    """Oldest first."""
    failed_at: datetime | None = None
    restored_at: datetime | None = None

    @property
    def ended(self) -> HistoryEntry:
        return self.entries[-1]

    @property
    def deployed(self) -> bool:
        return self.ended.passed or _by_hand(self.ended)


def figures(
    ref: ReleaseRef,
    entries: Sequence[HistoryEntry],
    now: datetime,
    window: timedelta = WINDOW,
    known: Known = Known(),
) -> Figures:
    """`entries`: a timeline, newest first. A change counts where its last try began."""
    since = now - window
    counted = [each for each in _changes(entries) if each.ended.at and since <= each.ended.at <= now]
    deployed = [each for each in counted if each.deployed]
    failed = [each for each in counted if each.failed_at]
    restored = [each for each in failed if each.restored_at]
    return Figures(
        ref,
        since,
        now,
        deployments=len(deployed),
        changes=len(counted),
        failures=len(failed),
        restored=len(restored),
        lead_seconds=_median(_between(e.ended.committed_at, e.ended.ended_at) for e in deployed),
        waited_seconds=_median(_between(e.ended.committed_at, e.entries[0].started_at) for e in deployed),
        released_seconds=_median(_between(e.entries[0].started_at, e.ended.ended_at) for e in deployed),
        restore_seconds=_median(_between(e.failed_at, e.restored_at) for e in restored),
        stages=stage_times.spreads(_moments(each, known) for each in deployed),
        trend=tuple(_part(counted, since + window / PARTS * at, window / PARTS) for at in range(PARTS)),
    )


def _moments(change: _Change, known: Known) -> Moments:
    digest = change.ended.chart_digest
    return stage_times.moments(
        change.entries,
        published=known.published.get(digest),
        tested_elsewhere=known.tested.get(digest, ()),
        built=known.built.get(digest),
    )


def _part(counted: Sequence[_Change], since: datetime, length: timedelta) -> Part:
    """One part of the trend, with changes that began at its very end, which the next part leaves out."""
    within = [each for each in counted if each.ended.at and since < each.ended.at <= since + length]
    deployed = [each for each in within if each.deployed]
    return Part(
        since,
        since + length,
        len(deployed),
        len(within),
        sum(1 for each in within if each.failed_at),
        _median(_between(e.ended.committed_at, e.ended.ended_at) for e in deployed),
    )


def new_images(entries: Sequence[HistoryEntry]) -> dict[str, tuple[HistoryImage, ...]]:
    """By digest of the package: images that what came before it did not have. `entries`: newest first."""
    found: dict[str, tuple[HistoryImage, ...]] = {}
    before: frozenset[str] = frozenset()
    for each in reversed(entries):
        if each.images and each.chart_digest and each.chart_digest not in found:
            found[each.chart_digest] = tuple(i for i in each.images if i.reference not in before)
        before = frozenset(i.reference for i in each.images) or before
    return found


def _changes(entries: Sequence[HistoryEntry]) -> list[_Change]:
    """Oldest first. What goes on, or was cut off, is none yet."""
    past = list(reversed(entries))
    found: list[_Change] = []
    known: set[str] = set()
    for at, each in enumerate(past):
        if not _is_try(each):
            continue
        again = (
            found[-1] if found and _same_package(found[-1].ended, each) and found[-1].ended.failed else None
        )
        if again:
            found.pop()
        elif each.passed and each.chart_digest and each.chart_digest in known:
            # Deployed anew, such as with other values, or once a hold is lifted: no change that is delivered.
            continue
        known.add(each.chart_digest)
        failed_at, restored_at = _failure(past, at)
        found.append(_Change((*(again.entries if again else ()), each), failed_at, restored_at))
    return found


def _is_try(entry: HistoryEntry) -> bool:
    was_tried = entry.passed or (entry.failed and entry.outcome != "refused")
    return (entry.kind == "release" and was_tried) or _by_hand(entry)


def _by_hand(entry: HistoryEntry) -> bool:
    return entry.kind in ("by hand", "adoption") and not entry.failed


def _same_package(one: HistoryEntry, other: HistoryEntry) -> bool:
    return bool(one.chart_digest) and one.chart_digest == other.chart_digest


def _failure(past: Sequence[HistoryEntry], at: int) -> tuple[datetime | None, datetime | None]:
    """When the change failed, and when what came next had passed its tests. A change that a person goes back from counts as
    failed, also where it was deployed again, or gone back to, in between."""
    entry, later = past[at], past[at + 1 :]
    if entry.failed:
        mended = next((each for each in later if each.passed), None)
        return entry.ended_at or entry.at, mended.ended_at if mended else None
    newer = set[str]()
    for ran, back in pairwise([entry, *(each for each in later if each.kind != "correction")]):
        if (
            back.kind == "rollback"
            and not ran.failed
            and (ran is entry or _same_package(ran, entry))
            and back.version not in (entry.version, *newer)
        ):
            return back.started_at or back.at, back.ended_at if back.passed else None
        newer.add(back.version)
    return None, None


def _between(first: datetime | None, last: datetime | None) -> float | None:
    return (last - first).total_seconds() if first and last and last >= first else None


def _median(found: Iterable[float | None]) -> float | None:
    known = [each for each in found if each is not None]
    return median(known) if known else None

"""From a commit to the releases that hold it, and from a release back to its commits: whatever of it is named, the whole chain of
commit, image, service chart, application version and revision is found.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from headway.model.charts import ChartEntry
from headway.model.release_history import HistoryEntry, HistoryImage, ReleaseHistory, ServiceChart
from headway.model.release_ref import ReleaseRef

_COMMIT = re.compile(r"[0-9a-f]{7,64}\Z", re.ASCII)
_SHORTEST = 7
ChartVersion = tuple[str, str]
"""Name and version of a chart."""


@dataclass(frozen=True, slots=True)
class Trail:
    """One way through a revision."""

    ref: ReleaseRef
    entry: HistoryEntry
    how: str
    """What was asked for is here: "image", "commit of an image", ..."""
    image: HistoryImage | None = None
    chart_commit: str = ""
    """Commit of the image's service chart, where an index tells."""

    @property
    def is_now(self) -> bool:
        return self.entry.status == "deployed"


@dataclass(frozen=True, slots=True)
class Published:
    """A package in a chart repository's index that holds what was asked for."""

    repository: str
    chart: str
    version: str
    commit: str
    created: datetime
    how: str


@dataclass(frozen=True, slots=True)
class Held:
    """What is in a package that no history tells of."""

    images: tuple[HistoryImage, ...]
    charts: tuple[ServiceChart, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """What a chart repository offers of some charts."""

    repository: str
    entries: tuple[ChartEntry, ...]
    held: Mapping[str, Held] = field(default_factory=dict)
    """By digest, of packages that were read."""


@dataclass(frozen=True, slots=True)
class Trace:
    what: str
    trails: tuple[Trail, ...]
    """Where it runs now first, then the newest."""
    published: tuple[Published, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.trails and not self.published


def is_commit(what: str) -> bool:
    return bool(_COMMIT.match(what))


def same_commit(what: str, commit: str) -> bool:
    """Whether `what` names `commit`; of either the start may stand for it."""
    return is_commit(what) and (
        commit.startswith(what) or (len(commit) >= _SHORTEST and what.startswith(commit))
    )


def candidates(histories: Sequence[ReleaseHistory], indices: Sequence[Index]) -> tuple[str, ...]:
    """Every commit that is named anywhere, so that a clone can be asked which of them hold another."""
    entries = [entry for one in histories for entry in one.entries]
    found = [each.commit for each in entries]
    found += [image.commit for each in entries for image in each.images]
    found += [each.commit for index in indices for each in index.entries]
    return tuple(dict.fromkeys(filter(None, found)))


def trace(
    what: str,
    histories: Sequence[ReleaseHistory],
    indices: Sequence[Index] = (),
    holding: Collection[str] = (),
    unknown: Sequence[str] = (),
) -> Trace:
    """`holding`: those of `candidates` that a clone says hold the commit `what`."""
    commits = _chart_commits(indices)
    wanted = _Wanted(what, frozenset(holding), commits)
    trails = [
        trail
        for history in histories
        for entry in history.entries
        for trail in _trails(history.ref, entry, wanted)
    ]
    trails.sort(key=lambda each: (not each.is_now, -_seconds(each.entry), each.ref))
    published = tuple(
        Published(index.repository, each.name, each.version, each.commit, each.created, how)
        for index in indices
        for each in index.entries
        if (how := wanted.of_package(each, index.held.get(each.digest)))
    )
    return Trace(what, tuple(trails), published, tuple(unknown))


@dataclass(frozen=True, slots=True)
class _Wanted:
    what: str
    holding: frozenset[str]
    chart_commits: Mapping[ChartVersion, str]

    def of_revision(self, ref: ReleaseRef, entry: HistoryEntry) -> str:
        """How the revision as a whole is what was asked for; empty where it is not."""
        if self.what in (f"{ref.application}/{ref.environment}/{entry.revision}", entry.chart_digest):
            return "revision"
        if self.what == f"{ref.application}/{ref.environment}" and entry.status == "deployed":
            return "revision"
        if self.what in (entry.version, f"{entry.chart}:{entry.version}"):
            return "version"
        return self.of_commit(entry.commit, "commit of the application")

    def of_image(self, image: HistoryImage, charts: Sequence[ServiceChart]) -> str:
        as_tables_name_it = image.reference.rpartition("/")[2]
        names = (image.repository, image.reference, as_tables_name_it, image.tag, image.digest)
        if self.what and self.what in names:
            return "image"
        if self.is_chart(_chart_of(image, charts)):
            return "service chart"
        return self.of_commit(image.commit, "commit of the image") or self.of_commit(
            self.chart_commit(image, charts), "commit of the service chart"
        )

    def is_chart(self, chart: ServiceChart) -> bool:
        return self.what in [f"{name}:{chart.version}" for name in chart.names]

    def of_package(self, entry: ChartEntry, held: Held | None) -> str:
        if self.what in (f"{entry.name}:{entry.version}", entry.digest):
            return "package"
        if held and self.what == entry.version:
            return "version"
        found = (
            self.of_image(image, each.charts) for each in ([held] if held else []) for image in each.images
        )
        if how := next(filter(None, found), ""):
            return f"{how} in it"
        if held and any(self.is_chart(each) for each in held.charts):
            return "service chart in it"
        return self.of_commit(entry.commit, "commit of the package")

    def of_commit(self, commit: str, how: str) -> str:
        if not commit:
            return ""
        if same_commit(self.what, commit):
            return how
        return f"{how}, which holds it" if commit in self.holding else ""

    def chart_commit(self, image: HistoryImage, charts: Sequence[ServiceChart]) -> str:
        chart = _chart_of(image, charts)
        return self.chart_commits.get((chart.name, chart.version), "")


def _chart_of(image: HistoryImage, charts: Sequence[ServiceChart]) -> ServiceChart:
    """With the name that it is published under, where that is known."""
    named = (each for each in charts if image.chart in each.names)
    return next(named, ServiceChart(image.chart, image.chart_version))


def _trails(ref: ReleaseRef, entry: HistoryEntry, wanted: _Wanted) -> Iterator[Trail]:
    """One for each image that is what was asked for; for a whole revision one for each image it has."""
    how = wanted.of_revision(ref, entry)
    if how:
        for image in entry.images or (None,):
            yield Trail(ref, entry, how, image, wanted.chart_commit(image, entry.charts) if image else "")
        return
    for image in entry.images:
        if how := wanted.of_image(image, entry.charts):
            yield Trail(ref, entry, how, image, wanted.chart_commit(image, entry.charts))
            continue
    if not entry.images:
        yield from (Trail(ref, entry, "service chart") for each in entry.charts if wanted.is_chart(each))


def _chart_commits(indices: Sequence[Index]) -> dict[ChartVersion, str]:
    return {
        (each.name, each.version): each.commit for index in indices for each in index.entries if each.commit
    }


def _seconds(entry: HistoryEntry) -> float:
    return entry.at.timestamp() if entry.at else 0.0

"""The nouns of a change on its way: its stages, and what could be found out of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from headway.decide.review.changes import Change, Place, Version
from headway.decide.review.stage_times import Moments
from headway.model.charts import ChartEntry
from headway.model.edits import Commit
from headway.model.images import ImageFacts
from headway.model.record import Rejection
from headway.model.release_history import HistoryEntry
from headway.model.report import StageResult

COMMITTED, TAKEN_BACK = "committed ", "taken back in git, "
"""How an outcome begins that goes on with the commit that was made."""


class Standing(StrEnum):
    DONE = "done"
    UNDER_WAY = "under way"
    WAITS = "waits"
    WENT_BACK = "went back"
    LEFT_ALONE = "left alone"
    AHEAD = "ahead"
    UNKNOWN = "unknown"


Fact = tuple[str, str]
"""What it is, and what was found."""


@dataclass(frozen=True, slots=True)
class Stage:
    name: str
    """Such as "Image", or the environment."""
    standing: Standing
    sentence: str
    at: datetime | None = None
    """Since when it stands so."""
    facts: tuple[Fact, ...] = ()
    environment: str = ""
    """Empty for what comes before all of them."""
    run: str = ""
    """Id of the run that brought it into an environment; empty where that is not known."""
    moments: Moments | None = None
    """Of an environment."""


@dataclass(frozen=True, slots=True)
class Run:
    """A release run that is not over."""

    environment: str
    name: str
    waits: bool
    """For a person's answer."""
    begun: bool
    url: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A commit of Headway's, as the report of the run that made it tells."""

    at: datetime | None
    line: StageResult


@dataclass(frozen=True, slots=True)
class Facts:
    """What could be found out. What is None could not, and the sentence beside it says why."""

    change: Change
    places: tuple[Place, ...]
    """Environments in the order in which versions pass through them, with UNSEEN for each that may not be seen."""
    images: Mapping[str, ImageFacts | str]
    """By reference."""
    commits: tuple[Commit, ...] | None = ()
    """Of the application's repository, newest first."""
    git_unknown: str = ""
    service_charts: tuple[ChartEntry, ...] = ()
    """What the first environment's repository offers of the change's services."""
    runs: tuple[Run, ...] | None = ()
    lines: tuple[StageResult, ...] | None = ()
    """Of the newest reports: what is so now."""
    made: tuple[Made, ...] = ()
    prefect_unknown: str = ""


def is_try(entry: HistoryEntry) -> bool:
    return entry.kind in ("release", "by hand", "adoption")


def is_held(change: Change, entry: HistoryEntry) -> bool:
    return any(_is(each, entry.version, entry.chart_digest) for each in change.versions)


def _is(version: Version, number: str, digest: str) -> bool:
    """The same package, as far as both are known: another one may bear its number elsewhere."""
    return version.version == number and digest in ("", version.digest or digest)


def offered_in(place: Place, version: Version) -> ChartEntry | None:
    return next((each for each in place.offered or () if _is(version, each.version, each.digest)), None)


def rejections_in(place: Place, versions: Sequence[Version]) -> Iterator[Rejection]:
    for each in place.record.rejections if place.record else ():
        if any(_is(version, each.version, each.chart_digest) for version in versions):
            yield each


def line_of(facts: Facts, stage: str, subject: str) -> StageResult | None:
    lines = (each for each in facts.lines or () if each.stage == stage)
    return next((each for each in lines if each.subject == subject or not subject), None)


def in_words(line: StageResult) -> str:
    return (line.why or line.outcome).rstrip(".")


def known_of(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    return tuple(each for each in facts if each[1])

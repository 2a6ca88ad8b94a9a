"""Where a service's chart and code lie in a clone, by what the folders of the clone are called: for a first headway.yaml."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from headway.model.draft import Open, Value

USUAL = "chart"
"""Folder of a service's chart where headway.yaml says none."""


@dataclass(frozen=True, slots=True)
class ChartFolder:
    """A chart in a clone, by its path there; "." for the clone itself."""

    name: str
    folder: str
    dependencies: tuple[str, ...] = ()
    """Names of the charts that it depends on."""


@dataclass(frozen=True, slots=True)
class Place:
    """Of one service. What is the usual is empty."""

    git: Value = ""
    """Address of its repository; empty where that is not known."""
    chart: Value = ""
    paths: Value = ""
    """The folder of its code, where the repository holds more than one service."""
    is_own: bool = False
    """It lies in the application's own repository."""


def umbrella(charts: Sequence[ChartFolder]) -> ChartFolder | None:
    """The one that no other depends on; None where that does not tell."""
    needed = {name for each in charts for name in each.dependencies}
    left = [each for each in charts if each.name not in needed]
    return left[0] if len(left) == 1 else None


def place(
    name: str, git: Value, charts: Iterable[ChartFolder], folders: Collection[str], *, is_own: bool
) -> Place | None:
    """Of the service whose chart is called `name`, in a clone with these `charts`; None where none of them is. `folders`: those
    that are called as the service is. `is_own`: it is the application's own repository."""
    charts = tuple(charts)
    found = sorted(each.folder for each in charts if each.name == name)
    if not found:
        return None
    chart, *more = found
    said: Value = "" if chart == USUAL else chart
    if more:
        said = Open(chart, f"guessed: {', '.join(found)} hold a chart of that name")
    others = [each.folder for each in charts if each.name != name]
    return Place(git, said, _code(chart, others, folders) if is_own or others else "", is_own)


def _code(chart: str, others: Collection[str], folders: Collection[str]) -> Value:
    around = chart.rpartition("/")[0]
    if around and not any(f"{each}/".startswith(f"{around}/") for each in others):
        return around
    named = sorted(each for each in folders if not f"{each}/".startswith(f"{chart}/"))
    if len(named) == 1:
        return Open(named[0], "guessed: does its code lie there, and nowhere else?")
    return Open(chart, "guessed: which folders hold its code?")

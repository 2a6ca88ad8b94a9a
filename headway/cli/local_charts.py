"""Charts in clones on this machine, as a first headway.yaml names them: in the application's own, and in those beside it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from headway.cli import files
from headway.clients.git import checkout
from headway.decide.supply import draft_places
from headway.decide.supply.draft_places import ChartFolder, Place
from headway.errors import BadInput
from headway.formats import chart_yaml
from headway.model.charts import Dependency
from headway.model.draft import Open, Value

IN_A_CHART = frozenset({"charts", "templates"})
"""Folders of a chart that hold none of their own."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z", re.ASCII)


@dataclass(frozen=True)
class Clone:
    top: Path

    @cached_property
    def git(self) -> Value:
        address = checkout.origin(self.top)
        return address or Open(
            f"https://git.example.com/{self.top.name}.git", "the address of this repository"
        )

    @cached_property
    def charts(self) -> tuple[ChartFolder, ...]:
        """Without those that lie within another one. One that cannot be read is somebody else's trouble."""
        found = [PurePosixPath(each).parent for each in checkout.files(self.top, ":(glob)**/Chart.yaml")]
        own = [each for each in found if not _is_within(each, found)]
        return tuple(chart for each in own if (chart := read(self.top, self.top / each)))

    def folders(self, name: str) -> set[str]:
        """Those that are called so."""
        if not _NAME.match(name):
            return set()
        held = checkout.files(self.top, f":(glob)**/{name}/**")
        paths = (PurePosixPath(each).parts[:-1] for each in held)
        found = {PurePosixPath(*parts[: parts.index(name) + 1]) for parts in paths if name in parts}
        charts = [PurePosixPath(each.folder) for each in self.charts]
        return {str(each) for each in found if not _is_within(each, charts)}


def read(top: Path, folder: Path) -> ChartFolder | None:
    """None for one that cannot be read."""
    file, legacy = folder / "Chart.yaml", folder / "requirements.yaml"
    try:
        chart = chart_yaml.read(files.text(file), str(file), files.text(legacy) if legacy.is_file() else None)
    except BadInput:
        return None
    names = tuple(each.name for each in chart.dependencies)
    return ChartFolder(chart.name, folder.relative_to(top).as_posix(), names)


def places(path: Path, umbrella: Path, dependencies: Sequence[Dependency]) -> dict[str, Place]:
    """Where the services of an umbrella chart lie, by key: in its own clone, in one beside it that is called so, or in any beside
    it. Those that are found nowhere are left out."""
    top = checkout.top(path)
    here = Clone(top) if top else None
    beside = [
        Clone(each.parent)
        for each in sorted((top or path.resolve()).parent.glob("*/.git"))
        if each.parent != top
    ]
    own = umbrella.resolve()
    found = {}
    for each in dependencies:
        if place := next(_candidates(each, here, own, beside), None):
            found[each.key] = place
    return found


def _candidates(
    dependency: Dependency, here: Clone | None, umbrella: Path, beside: Sequence[Clone]
) -> Iterator[Place]:
    if here:
        charts = [each for each in here.charts if here.top / each.folder != umbrella]
        yield from _in(here, charts, dependency, is_own=True)
    named = [each for each in beside if each.top.name == dependency.key]
    for clone in (*named, *beside):
        yield from _in(clone, clone.charts, dependency, is_own=False)
        if clone in named and not isinstance(clone.git, Open):
            yield Place(clone.git)


def _in(
    clone: Clone, charts: Sequence[ChartFolder], dependency: Dependency, *, is_own: bool
) -> Iterator[Place]:
    if not any(each.name == dependency.name for each in charts):
        return
    folders = clone.folders(dependency.key) | clone.folders(dependency.name)
    place = draft_places.place(dependency.name, clone.git, charts, folders, is_own=is_own)
    if place and (is_own or not isinstance(place.git, Open)):
        yield place


def _is_within(folder: PurePosixPath, charts: Sequence[PurePosixPath]) -> bool:
    """Whether it belongs to one of the charts, such as a dependency that was fetched into charts/."""
    return any(
        above in charts and folder.relative_to(above).parts[0] in IN_A_CHART for above in folder.parents
    )

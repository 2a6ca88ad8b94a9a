"""Charts that lie in a chart, as folders or as packages of charts/, and again in these."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from headway.errors import BadInput
from headway.formats import chart_package
from headway.formats.chart_package import Room

LEVELS_LIMIT = 20
"""Of charts in charts."""


@dataclass(frozen=True, slots=True)
class NestedChart:
    files: Mapping[str, bytes]
    subcharts: Mapping[str, "NestedChart"]
    """By folder, or name of the package."""

    def everywhere(self, path: str, place: str = "") -> Iterator[tuple[str, bytes]]:
        """A file of that path of this chart and of all inside it, each with where it stands."""
        if path in self.files:
            yield f"{place}{path}", self.files[path]
        for name, inner in self.subcharts.items():
            yield from inner.everywhere(path, f"{place}charts/{name}/")


def read(files: Mapping[str, bytes]) -> NestedChart:
    """Of a chart's files by path. Raises BadInput for packages that are unsound, too large or nested too deeply."""
    return _read(files, Room(), 0)


def _read(files: Mapping[str, bytes], room: Room, level: int) -> NestedChart:
    if level > LEVELS_LIMIT:
        raise BadInput(f"charts lie in one another deeper than {LEVELS_LIMIT} levels", where="charts/")
    own, folders, packed = dict[str, bytes](), dict[str, dict[str, bytes]](), dict[str, dict[str, bytes]]()
    for path, data in sorted(files.items()):
        parts = path.split("/")
        if parts[0] == "charts" and len(parts) > 2:
            folders.setdefault(parts[1], {})["/".join(parts[2:])] = data
        elif parts[0] == "charts" and path.endswith(".tgz"):
            packed[parts[1]] = chart_package.files(data, path)
            room.take(packed[parts[1]], path)
        else:
            own[path] = data
    return NestedChart(
        own, {name: _read(inner, room, level + 1) for name, inner in (folders | packed).items()}
    )

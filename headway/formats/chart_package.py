"""What is inside a chart package, read without trusting it: others upload packages too."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from headway.errors import BadInput
from headway.formats import chart_identity, tar_members
from headway.formats.content_digest import CHART_YAML, content_digest, read_metadata
from headway.formats.tar_members import COUNT_LIMIT, FILES_LIMIT, PACKAGE_LIMIT
from headway.model.charts import Package

__all__ = [
    "COUNT_LIMIT",
    "FILES_LIMIT",
    "PACKAGE_LIMIT",
    "Room",
    "files",
    "read_package",
    "subchart_metadata",
    "subcharts",
    "unpack",
]


def read_package(data: bytes, where: str = "package") -> Package:
    """A package from its bytes. BadInput naming `where` when it is not a sound chart package."""
    return unpack(data, where)[0]


def unpack(data: bytes, where: str = "package") -> tuple[Package, dict[str, bytes]]:
    """The same, and its `files`."""
    content = files(data, where)
    if CHART_YAML not in content:
        raise BadInput(f"the package holds no {CHART_YAML}", where=where)
    metadata = _identified(content[CHART_YAML], f"{where} {CHART_YAML}")
    package = Package(
        name=metadata["name"],
        version=metadata["version"],
        data=data,
        digest=f"sha256:{hashlib.sha256(data).hexdigest()}",
        content_digest=content_digest(content),
        metadata=metadata,
    )
    return package, content


def files(data: bytes, where: str = "package") -> dict[str, bytes]:
    """The files of a package by path relative to the chart, unpacked in memory.

    BadInput for what is not a gzipped tar, leaves its folder, holds links, or is beyond the limits.
    """
    found: dict[str, bytes] = {}
    try:
        members = list(tar_members.read(data))
    except ValueError as error:
        raise BadInput(f"not a chart package: {error}", where=where) from error
    for path, content in members:
        if found.setdefault(path, content) != content:
            raise BadInput(f"not a chart package: it holds {path} twice, with other content", where=where)
    for path in found:
        above = next((str(each) for each in PurePosixPath(path).parents if str(each) in found), None)
        if above:
            raise BadInput(f"not a chart package: it holds {above} as a file and as a folder", where=where)
    return found


def subcharts(files: Mapping[str, bytes], where: str = "package") -> frozenset[tuple[str, str]]:
    """Name and version of each chart right below charts/, as a folder or as a package."""
    metadata = _subcharts(files, where)
    return frozenset((each["name"], each["version"]) for each in metadata)


def subchart_metadata(files: Mapping[str, bytes], where: str = "package") -> dict[str, Mapping[str, Any]]:
    """Chart.yaml of each of them, by its name."""
    return {each["name"]: each for each in _subcharts(files, where)}


def _identified(data: bytes, where: str) -> Mapping[str, Any]:
    """Its name and version become the name of a file; what it depends on is read by others."""
    metadata = read_metadata(data, where)
    chart_identity.check_name(metadata["name"], where)
    chart_identity.check_version(metadata["version"], where)
    chart_identity.check_file_name(metadata["name"], metadata["version"], where)
    listed = metadata.get("dependencies") or []
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise BadInput("dependencies are no list of mappings", where=where)
    return metadata


class Room:
    """For the files of all packages that are inside a package: one may hold others, and these others again."""

    def __init__(self) -> None:
        self._left = FILES_LIMIT

    def take(self, content: Mapping[str, bytes], where: str) -> None:
        """BadInput where they are more, unpacked, than the files of one package may be."""
        self._left -= sum(map(len, content.values()))
        if self._left < 0:
            raise BadInput(f"the packages inside it unpack to more than {FILES_LIMIT} bytes", where=where)


def _subcharts(files: Mapping[str, bytes], where: str) -> Iterator[Mapping[str, Any]]:
    room = Room()
    for path, data in files.items():
        parts = PurePosixPath(path).parts
        if len(parts) == 3 and parts[0] == "charts" and parts[2] == CHART_YAML:
            yield _identified(data, f"{where} {path}")
        elif len(parts) == 2 and parts[0] == "charts" and path.endswith(".tgz"):
            package, content = unpack(data, f"{where} {path}")
            room.take(content, where)
            yield package.metadata

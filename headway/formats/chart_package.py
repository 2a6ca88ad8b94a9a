"""What is inside a chart package, read without trusting it: others upload packages too."""

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from headway.errors import BadInput
from headway.formats.content_digest import CHART_YAML, content_digest, read_metadata
from headway.model.charts import Package

PACKAGE_LIMIT = 20 * 2**20
"""Bytes of a package; and, unpacked, FILES_LIMIT bytes in COUNT_LIMIT files."""
FILES_LIMIT = 100 * 2**20
COUNT_LIMIT = 10_000


def read_package(data: bytes, where: str = "package") -> Package:
    """A package from its bytes. BadInput naming `where` when it is not a sound chart package."""
    return unpack(data, where)[0]


def unpack(data: bytes, where: str = "package") -> tuple[Package, dict[str, bytes]]:
    """The same, and its `files`."""
    content = files(data, where)
    if CHART_YAML not in content:
        raise BadInput(f"the package holds no {CHART_YAML}", where=where)
    metadata = read_metadata(content[CHART_YAML], f"{where} {CHART_YAML}")
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

    BadInput for what is not a gzipped tar, leaves its folder, holds links, or is larger than the limits.
    """
    if len(data) > PACKAGE_LIMIT:
        raise BadInput(f"the package is larger than {PACKAGE_LIMIT} bytes", where=where)
    found: dict[str, bytes] = {}
    try:
        unpacked = gzip.GzipFile(fileobj=io.BytesIO(data)).read(FILES_LIMIT + 1)
        if len(unpacked) > FILES_LIMIT:
            raise BadInput(f"the package unpacks to more than {FILES_LIMIT} bytes", where=where)
        with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
            for member in archive:
                path = PurePosixPath(member.name)
                if member.isdir():
                    continue
                content = archive.extractfile(member) if member.isreg() else None
                if content is None or path.is_absolute() or ".." in path.parts or len(path.parts) < 2:
                    raise BadInput(
                        f"the package holds {member.name!r}, which is no file of a chart", where=where
                    )
                found[str(PurePosixPath(*path.parts[1:]))] = content.read()
                if len(found) > COUNT_LIMIT:
                    raise BadInput(f"the package holds more than {COUNT_LIMIT} files", where=where)
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise BadInput(f"not a chart package: {error}", where=where) from error
    return found


def subcharts(files: Mapping[str, bytes], where: str = "package") -> frozenset[tuple[str, str]]:
    """Name and version of each chart right below charts/, as a folder or as a package."""
    metadata = _subcharts(files, where)
    return frozenset((each["name"], each["version"]) for each in metadata)


def subchart_metadata(files: Mapping[str, bytes], where: str = "package") -> dict[str, Mapping[str, Any]]:
    """Chart.yaml of each of them, by its name."""
    return {each["name"]: each for each in _subcharts(files, where)}


def _subcharts(files: Mapping[str, bytes], where: str) -> Iterator[Mapping[str, Any]]:
    for path, data in files.items():
        parts = PurePosixPath(path).parts
        if len(parts) == 3 and parts[0] == "charts" and parts[2] == CHART_YAML:
            yield read_metadata(data, f"{where} {path}")
        elif len(parts) == 2 and parts[0] == "charts" and path.endswith(".tgz"):
            yield read_package(data, f"{where} {path}").metadata

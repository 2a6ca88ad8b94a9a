"""Chart packages: the same chart gives the same bytes, and what is inside one is read without trusting it."""

import gzip
import hashlib
import io
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from headway.clients.helm_command import Helm
from headway.decide.chart_annotations import annotated
from headway.decide.content_digest import CHART_YAML, content_digest, read_metadata
from headway.errors import BadInput
from headway.model.charts import Package

PACKAGE_LIMIT = 20 * 2**20
"""Bytes of a package; and, unpacked, FILES_LIMIT bytes in COUNT_LIMIT files."""
FILES_LIMIT = 100 * 2**20
COUNT_LIMIT = 10_000
NEVER_PACKAGED = (".headway", ".git")


def package(folder: Path, *, annotations: Mapping[str, str], epoch: int, helm: Helm) -> Package:
    """Package the chart in `folder` with provenance annotations; `folder` stays as it is.

    `epoch`: seconds, the modification time of every file in the package. Raises BadInput with what helm says.
    """
    with tempfile.TemporaryDirectory(prefix="headway-package-") as scratch:
        chart = Path(scratch) / "chart"
        shutil.copytree(folder, chart, ignore=lambda *_: list(NEVER_PACKAGED))
        chart_yaml = chart / CHART_YAML
        if not chart_yaml.is_file():
            raise BadInput("the file is missing", where=f"{folder}/{CHART_YAML}")
        text = chart_yaml.read_text(encoding="utf-8-sig")
        chart_yaml.write_text(annotated(text, annotations, CHART_YAML), encoding="utf-8")
        target = Path(scratch) / "packages"
        target.mkdir()
        done = helm.run(
            "package",
            [chart],
            {"destination": target},
            timeout=60,
            env={"SOURCE_DATE_EPOCH": str(epoch)},
        )
        packages = list(target.glob("*.tgz"))
        if done.returncode or len(packages) != 1:
            said = done.stderr.replace(f"{chart}/", "").strip().removeprefix("Error: ")
            raise BadInput(f"the chart cannot be packaged: {said}", where=CHART_YAML)
        return read_package(packages[0].read_bytes(), packages[0].name)


def read_package(data: bytes, where: str = "package") -> Package:
    """A package from its bytes. BadInput naming `where` when it is not a sound chart package."""
    content = files(data, where)
    if CHART_YAML not in content:
        raise BadInput(f"the package holds no {CHART_YAML}", where=where)
    metadata = read_metadata(content[CHART_YAML], f"{where} {CHART_YAML}")
    return Package(
        name=metadata["name"],
        version=metadata["version"],
        data=data,
        digest=f"sha256:{hashlib.sha256(data).hexdigest()}",
        content_digest=content_digest(content),
        metadata=metadata,
    )


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


def unpack(data: bytes, target: Path, where: str = "package") -> None:
    """Write the files of a package below the folder `target`, which is made where missing."""
    for path, content in files(data, where).items():
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def vendor(folder: Path, dependencies: Mapping[str, bytes]) -> None:
    """Put packages into `charts/` of the chart in `folder`, and take out older ones of the same charts.

    `dependencies`: package by the dependency's name in Chart.yaml; BadInput where it holds another chart.
    """
    charts = folder / "charts"
    charts.mkdir(exist_ok=True)
    for name, data in dependencies.items():
        found = read_package(data, f"dependency {name}")
        if found.name != name:
            raise BadInput(f"the package holds the chart {found.name!r}", where=f"dependency {name}")
        for old in charts.glob("*.tgz"):
            if read_package(old.read_bytes(), str(old)).name == name:
                old.unlink()
        (charts / found.file_name).write_bytes(data)

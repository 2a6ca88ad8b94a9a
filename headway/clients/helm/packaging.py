"""Packages a chart by `helm package`: the same files give the same bytes, with the provenance in the annotations."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from headway.clients.helm.command import Helm
from headway.clients.helm.failures import file_of
from headway.errors import BadInput
from headway.formats import chart_lock, utf8
from headway.formats.application_files import CHART_LOCK, HELM_2_LOCK
from headway.formats.chart_annotations import annotated
from headway.formats.chart_package import read_package, subcharts, unpack
from headway.formats.content_digest import CHART_YAML
from headway.model.charts import Package

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
        text = utf8.text(chart_yaml.read_bytes(), CHART_YAML).removeprefix("\ufeff")
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
            raise BadInput(f"the chart cannot be packaged: {said}", where=file_of(said))
        packed, files = unpack(packages[0].read_bytes(), packages[0].name)
        _refuse_incomplete(folder, files)
        return packed


def _refuse_incomplete(folder: Path, files: Mapping[str, bytes]) -> None:
    """BadInput where a chart that the lock names is not in the package in that version: a service would be deleted."""
    name = HELM_2_LOCK if (folder / HELM_2_LOCK).is_file() else CHART_LOCK
    if not (folder / name).is_file():
        return
    locked = chart_lock.read(utf8.text((folder / name).read_bytes(), name), name)
    packed = subcharts(files)
    for each in locked.dependencies:
        if (each.name, each.version) not in packed:
            others = ", ".join(version for chart, version in sorted(packed) if chart == each.name)
            raise BadInput(
                f"the package lacks {each.name} {each.version}"
                + (f", it holds {each.name} {others}" if others else ""),
                where=name,
                next_step="One package can hold one version of a chart; see the dependencies in Chart.yaml.",
            )


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

"""The packages that a chart's lock names: Headway vendors by itself, since Helm has no getter for s3."""

from collections.abc import Mapping
from pathlib import Path

from headway.clients.chart_repository import fetch
from headway.clients.workspace import Workspace
from headway.decide import chart_lock, chart_yaml
from headway.errors import BadInput


def vendored(workspace: Workspace, folder: Path, where: str) -> Mapping[str, bytes]:
    """Packages of the dependencies of the chart in `folder`, by name, at the versions of Chart.lock.

    Services come from the first environment's repository, everything else from the address in Chart.yaml. Raises BadInput
    for a lock that is missing or out of step with Chart.yaml, and for a version that is not offered.
    """
    chart = chart_yaml.read(_text(folder / "Chart.yaml"), f"{where} Chart.yaml")
    lock_file = folder / "Chart.lock"
    lock = chart_lock.read(_text(lock_file), f"{where} Chart.lock") if lock_file.exists() else None
    if not chart_lock.is_current(chart, lock):
        raise BadInput(
            "it is out of step with Chart.yaml" if lock else "the file is missing",
            where=f"{where} Chart.lock",
            next_step="Headway writes it as soon as every service has a published chart.",
        )
    own = {
        chart.dependencies[at].name for name in workspace.application.services for at in chart.positions(name)
    }
    return {
        each.name: _own(workspace, each) if each.name in own else _third_party(workspace, folder, each)
        for each in (lock.dependencies if lock else ())
    }


def _own(workspace: Workspace, locked: chart_lock.Locked) -> bytes:
    environment = workspace.application.first_environment
    repository = workspace.charts(environment)
    entry = next((each for each in repository.entries(locked.name) if each.version == locked.version), None)
    if entry is None:
        raise BadInput(
            f"it does not offer {locked.name} {locked.version}",
            where=repository.url,
            next_step="It is published as soon as the service's chart is valid and its image exists.",
        )
    return workspace.package(environment, entry)


def _third_party(workspace: Workspace, folder: Path, locked: chart_lock.Locked) -> bytes:
    if locked.repository.startswith("file://"):
        raise BadInput(
            f"dependency {locked.name} is a folder ({locked.repository})",
            where="Chart.yaml",
            next_step="Publish it to a chart repository.",
        )
    if not locked.repository:
        return _in_place(folder, locked)
    return fetch(locked.repository, locked.name, locked.version, cache=workspace.cache)


def _in_place(folder: Path, locked: chart_lock.Locked) -> bytes:
    package = folder / "charts" / f"{locked.name}-{locked.version}.tgz"
    if not package.is_file():
        raise BadInput(
            f"dependency {locked.name} has no repository, and there is no charts/{package.name}",
            where="Chart.yaml",
            next_step="Name its repository, or commit the package.",
        )
    return package.read_bytes()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")

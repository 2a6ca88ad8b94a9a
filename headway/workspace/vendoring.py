"""The packages that a chart's lock names: Headway vendors by itself, since Helm has no getter for s3."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from headway.clients.chart_repository import exact, fetch
from headway.decide.supply import chart_names, folder_dependencies
from headway.errors import BadInput, Refused
from headway.formats import chart_lock, chart_package, pinned_charts
from headway.workspace import chart_locks
from headway.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Vendored:
    """`packages` by the name of the dependency."""

    packages: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Without those that lie unpacked in charts/ already, as Helm takes them too."""
    pins: Mapping[str, str] = field(default_factory=dict)
    """Content digests of third parties' charts among them, by address."""


def vendored(workspace: Workspace, folder: Path, where: str) -> Vendored:
    """The dependencies of the chart in `folder`, at the versions of its lock.

    Services come from the first environment's repository, everything else from the address in Chart.yaml (or
    requirements.yaml). Raises BadInput for a lock that is missing or out of step with it, for a version that is not
    offered, and for one chart in two versions; Refused for a third party's version with other content than was
    published with it before.
    """
    files = {name: (folder / name).read_bytes() for name in chart_locks.FILES if (folder / name).is_file()}
    found = chart_locks.read(files, where)
    chart_locks.refuse_wanting(found, where)
    chart, lock = found.chart, found.lock
    if clashes := chart_names.clashes(chart, lock):
        raise BadInput("\n".join(clashes), where=f"{where} Chart.yaml", next_step=chart_names.REMEDY)
    own = {
        chart.dependencies[at].name for name in workspace.application.services for at in chart.positions(name)
    }
    packages, pins = {}, {}
    for each in lock.dependencies if lock else ():
        if each.name not in own and _is_unpacked(folder, each):
            continue
        packages[each.name] = data = (
            _own(workspace, each) if each.name in own else _third_party(workspace, folder, each)
        )
        if each.name not in own and each.repository:
            content = chart_package.read_package(data, f"dependency {each.name}")
            pins[pinned_charts.address(each)] = content.content_digest
    known = (
        workspace.chart_repository(workspace.application.first_environment).pinned_charts() if pins else {}
    )
    for address, digest in pins.items():
        if known.get(address, digest) != digest:
            raise Refused(
                f"{address} has other content ({digest}) than when it was published here before ({known[address]})",
                where=f"{where} Chart.yaml",
                next_step="Find out who changed it. Take another version; or, if you trust this one, commit its package to "
                'charts/ and write repository: "".',
            )
    return Vendored(packages, pins)


def _own(workspace: Workspace, locked: chart_lock.Locked) -> bytes:
    environment = workspace.application.first_environment
    entry = exact(
        workspace.chart_repository(environment),
        locked.name,
        locked.version,
        next_step="It is published as soon as the service's chart is valid and its image exists.",
    )
    return workspace.package(environment, entry)


def _third_party(workspace: Workspace, folder: Path, locked: chart_lock.Locked) -> bytes:
    folder_dependencies.refuse(locked.name, locked.repository)
    if not locked.repository:
        return _in_place(folder, locked)
    return fetch(locked.repository, locked.name, locked.version, kept=workspace.kept_packages)


def _is_unpacked(folder: Path, locked: chart_lock.Locked) -> bool:
    """Its version is asked for when the package is made."""
    return not locked.repository and (folder / "charts" / locked.name / "Chart.yaml").is_file()


def _in_place(folder: Path, locked: chart_lock.Locked) -> bytes:
    package = folder / "charts" / f"{locked.name}-{locked.version}.tgz"
    if not package.is_file():
        raise BadInput(
            f"dependency {locked.name} has no repository, and there is no charts/{package.name}",
            where="Chart.yaml",
            next_step="Name its repository, or commit the package; or the chart as a folder, "
            f"charts/{locked.name}, in that version.",
        )
    return package.read_bytes()

"""Validates a chart of a person's own folder as a delivery does: dependencies brought in, linted, rendered for every environment,
held against schemas. What a delivery asks of git, Prefect and a cluster is left out: it works on a train.
"""

import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from headway.clients.chart_repository import exact, open_repository
from headway.clients.helm.command import Helm
from headway.decide.supply import chart_names
from headway.errors import BadInput, HeadwayError
from headway.formats import chart_lock, chart_version, chart_yaml, values_schemas
from headway.formats.chart_lock import ChartLock
from headway.formats.near_names import meant
from headway.model.application import Application
from headway.model.charts import Dependency
from headway.model.credentials import SopsKeys
from headway.workspace import chart_findings, chart_locks
from headway.workspace.chart_findings import Files
from headway.workspace.chart_locks import LockedChart
from headway.workspace.environment_values import EnvironmentValues, umbrella_values
from headway.workspace.validation import Finding, Report, validate_chart

_LEFT_OUT = (".git", ".venv", "node_modules")


@dataclass(frozen=True, slots=True)
class Chart:
    """A folder with a Chart.yaml, and the application that it is the umbrella of, if it is one."""

    folder: Path
    application: Application | None = None
    local: Mapping[str, Path] = field(default_factory=dict)
    """Folders of charts by their name, that are taken in the place of what Chart.yaml names."""


def validate(chart: Chart, *, helm: Helm, kubernetes_version: str = "") -> Report:
    """Its findings name files by their path in the chart. Raises BadInput where there is no chart, a value file is
    missing, or `local` names a chart that no dependency has."""
    files = _read(chart.folder)
    if "Chart.yaml" not in files:
        raise BadInput(
            "there is no chart in it", where=str(chart.folder), next_step="Name the folder of a Chart.yaml."
        )
    read = _chart_yaml(files)
    _require_dependencies(chart.local, read.dependencies)
    application = chart.application
    environments: list[EnvironmentValues] = []
    if application:
        environments = [
            umbrella_values(application, files, each, SopsKeys()) for each in application.environments
        ]
        written = [*chart_findings.of_application(application, files)]
    else:
        written = [*chart_findings.of_chart(files)]
    findings = [Finding(f"{each.file}:{each.line}", each.what) for each in written]
    if not application:
        findings += _lock(chart_locks.read(files), chart.folder)
    findings += [Finding("crds", each) for each in chart_findings.definitions(files, environments)]
    findings += [Finding("Chart.yaml", f"{each}. {chart_names.REMEDY}") for each in chart_names.clashes(read)]
    with tempfile.TemporaryDirectory(prefix="headway-validate-") as made:
        folder = Path(made) / read.name
        shutil.copytree(chart.folder, folder, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        missing = [*_bring_in(files, folder, chart)]
        outside = values_schemas.leading_outside(_read(folder))
        if missing or outside:
            more = [*missing, *(Finding(*each) for each in outside.items())]
            return Report((*findings, *more), ("not linted and rendered: correct the above first",))
        report = validate_chart(folder, environments, helm=helm, kubernetes_version=kubernetes_version)
    return replace(report, findings=(*findings, *(_plain(each, made) for each in report.findings)))


def _lock(found: LockedChart, folder: Path) -> Iterator[Finding]:
    """Of a service's chart; an application's is written by Headway."""
    if found.wanting:
        yield Finding(
            found.lock_name,
            f"{found.wanting}, and a delivery publishes no service's chart without it: helm dependency update {folder} "
            "writes it. An application's is written by Headway: name its headway.yaml",
        )


def _require_dependencies(local: Collection[str], dependencies: Sequence[Dependency]) -> None:
    names = {each.name for each in dependencies}
    for name in local:
        if name in names:
            continue
        of_alias = next((each.name for each in dependencies if each.alias == name), "")
        known = f"; {of_alias} is aliased so" if of_alias else meant(name, names)
        raise BadInput(
            f"no dependency has a chart named {name}{known}",
            where="--chart",
            next_step=f"Write --chart {of_alias}=FOLDER."
            if of_alias
            else f"There are: {', '.join(sorted(names)) or 'none'}.",
        )


def _bring_in(files: Files, folder: Path, chart: Chart) -> Iterator[Finding]:
    """The dependencies that are not in charts/: from `local` folders by name, else packages at the versions of the lock;
    of a range that it does not pin, the newest."""
    local = chart.local
    found = chart_locks.read(files)
    _, places = chart_yaml.places(*_texts(files))
    (folder / "charts").mkdir(exist_ok=True)
    for place, each in zip(places, found.chart.dependencies, strict=True):
        version = _pinned(each, found.lock)
        if own := local.get(each.name):
            _put(own, folder / "charts", each.name)
            continue
        if _is_there(folder, each.name, version):
            continue
        try:
            if not each.repository:
                raise BadInput("it names no repository", where="")
            repository = open_repository(each.repository)
            if not chart_version.parse(version):
                version = chart_version.newest(repository.versions(each.name), version or None) or version
            data = repository.read(exact(repository, each.name, version))
        except HeadwayError as error:
            why = f"{error.where}: {error.what}" if error.where else error.what
            yield Finding(place, _not_there(chart.application, each, version, why))
            continue
        (folder / "charts" / f"{each.name}-{version}.tgz").write_bytes(data)


def _not_there(application: Application | None, each: Dependency, version: str, why: str) -> str:
    if application and each.key in application.services:
        return (
            f"the chart of service {each.key}, {each.name} {version}, cannot be fetched ({why}); the first delivery publishes "
            f"it: until then name its folder (--chart {each.name}=FOLDER)"
        )
    return (
        f"dependency {each.name} {version} is not in charts/ and cannot be fetched ({why}); "
        f"name its folder (--chart {each.name}=FOLDER), or put its package into charts/ (helm dependency build)"
    )


def _put(own: Path, charts: Path, name: str) -> None:
    if not (own / "Chart.yaml").is_file():
        raise BadInput(
            "there is no chart in it", where=str(own), next_step="Name the folder of its Chart.yaml."
        )
    for former in (*charts.glob(f"{name}-[0-9]*.tgz"), charts / name):
        shutil.rmtree(former) if former.is_dir() else former.unlink(missing_ok=True)
    shutil.copytree(own, charts / name, ignore=shutil.ignore_patterns(*_LEFT_OUT))


def _pinned(each: Dependency, lock: ChartLock | None) -> str:
    """Its version by the lock, where that has one which Chart.yaml allows; else as Chart.yaml has it."""
    pinned = (
        locked.version for locked in (lock.dependencies if lock else ()) if chart_lock.pins(locked, each)
    )
    return next(pinned, each.version)


def _is_there(folder: Path, name: str, version: str) -> bool:
    charts = folder / "charts"
    if (charts / name / "Chart.yaml").is_file() or (charts / f"{name}-{version}.tgz").is_file():
        return True
    packed = (
        each.name.removeprefix(f"{name}-").removesuffix(".tgz") for each in charts.glob(f"{name}-*.tgz")
    )
    return not chart_version.parse(version) and any(chart_version.allows(version, each) for each in packed)


def _chart_yaml(files: Files) -> chart_yaml.ChartYaml:
    return chart_yaml.read(*_texts(files))


def _texts(files: Files) -> tuple[str, str, str | None]:
    """Of Chart.yaml its text and its name, and the text of requirements.yaml where there is one."""
    requirements = chart_findings.text(files, "requirements.yaml") if "requirements.yaml" in files else None
    return chart_findings.text(files, "Chart.yaml"), "Chart.yaml", requirements


def _plain(finding: Finding, made: str) -> Finding:
    """Without the folder that it was copied to."""
    return replace(
        finding, where=finding.where.replace(f"{made}/", ""), what=finding.what.replace(f"{made}/", "")
    )


def _read(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not set(_LEFT_OUT) & set(path.relative_to(folder).parts)
    }

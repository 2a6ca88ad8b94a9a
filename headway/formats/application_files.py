"""The files of an application repository that hold its inputs, as text, and where they stand."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from headway.errors import BadInput
from headway.formats import chart_lock, chart_version, chart_yaml, quarantine, utf8, yaml_scalar
from headway.formats.chart_lock import Locked
from headway.formats.chart_yaml import ChartYaml
from headway.model.application import Application
from headway.model.charts import Dependency

CHART_LOCK = "Chart.lock"
REQUIREMENTS = "requirements.yaml"
HELM_2_LOCK = "requirements.lock"
"""Where it exists, it counts instead of Chart.lock, as for Helm."""
_NAMES = ("values.yaml", "Chart.yaml", REQUIREMENTS, CHART_LOCK, HELM_2_LOCK)


@dataclass(frozen=True, slots=True)
class ApplicationFiles:
    """Texts as decoded from UTF-8, nothing normalised (a byte order mark and CRLF stay). None: no such
    file.
    """

    values: str
    chart: str
    lock: str | None = None
    quarantine: str | None = None
    folder: str = "."
    """Folder of the umbrella chart in the repository."""
    requirements: str | None = None
    """requirements.yaml of a chart that still keeps its dependencies there, as Helm 2 did."""
    lock_name: str = CHART_LOCK
    """The file that `lock` is, or will be, the text of."""
    layers: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Value files of environments that keep tags of their own, by path in the chart."""

    def path(self, name: str) -> str:
        return name if self.folder in ("", ".") else f"{self.folder.rstrip('/')}/{name}"

    @property
    def chart_yaml(self) -> ChartYaml:
        return chart_yaml.read(self.chart, self.path("Chart.yaml"), self.requirements)

    @property
    def locked(self) -> chart_lock.ChartLock | None:
        return None if self.lock is None else chart_lock.read(self.lock, self.path(self.lock_name))

    def with_dependency(self, at: int, version: str) -> "ApplicationFiles":
        """With another version of the dependency in that place, spliced into the file that lists it."""
        path = ("dependencies", str(at), "version")
        if self.chart_yaml.in_requirements:
            file = self.path(REQUIREMENTS)
            return replace(
                self, requirements=yaml_scalar.splice(self.requirements or "", path, version, file)
            )
        return replace(self, chart=yaml_scalar.splice(self.chart, path, version, self.path("Chart.yaml")))

    def changed(self, before: "ApplicationFiles") -> dict[str, bytes | None]:
        """Content of the files that differ from `before`, by path in the repository."""
        pairs = {
            self.path("values.yaml"): (before.values, self.values),
            self.path("Chart.yaml"): (before.chart, self.chart),
            self.path(REQUIREMENTS): (before.requirements, self.requirements),
            self.path(self.lock_name): (before.lock, self.lock),
            quarantine.PATH: (before.quarantine, self.quarantine),
            **{self.path(name): (before.layers.get(name), text) for name, text in self.layers.items()},
        }
        return {
            path: None if new is None else new.encode() for path, (old, new) in pairs.items() if old != new
        }


def read(tree: Mapping[str, bytes], folder: str = ".", layers: Iterable[str] = ()) -> ApplicationFiles:
    """From files by path in the repository; raises BadInput where values.yaml or Chart.yaml is missing or
    no UTF-8. `layers`: see ApplicationFiles; those that are not there are left out.
    """
    place = ApplicationFiles("", "", folder=folder)
    texts = {name: utf8.text(tree[path], path) for name in _NAMES if (path := place.path(name)) in tree}
    for name in ("values.yaml", "Chart.yaml"):
        if name not in texts:
            raise BadInput(
                "this file is missing", where=place.path(name), next_step="An umbrella chart has it."
            )
    lock_name = HELM_2_LOCK if HELM_2_LOCK in texts else CHART_LOCK
    return ApplicationFiles(
        values=texts["values.yaml"],
        chart=texts["Chart.yaml"],
        lock=texts.get(lock_name),
        quarantine=utf8.text(tree[quarantine.PATH], quarantine.PATH) if quarantine.PATH in tree else None,
        folder=folder,
        requirements=texts.get(REQUIREMENTS),
        lock_name=lock_name,
        layers={name: utf8.text(tree[path], path) for name in layers if (path := place.path(name)) in tree},
    )


def paths(folder: str = ".", layers: Iterable[str] = ()) -> tuple[str, ...]:
    """What `read` looks for."""
    place = ApplicationFiles("", "", folder=folder)
    return (*map(place.path, (*_NAMES, *layers)), quarantine.PATH)


def unpinned(files: ApplicationFiles, application: Application) -> tuple[Dependency, ...]:
    """Third-party dependencies given by a range that the lock does not pin: to be looked up in their
    repositories.
    """
    chart = files.chart_yaml
    ours = {at for service in application.services for at in chart.positions(service)}
    locked = files.locked
    return tuple(
        each
        for at, each in enumerate(chart.dependencies)
        if at not in ours and not _pinned(each, locked) and chart_version.parse(each.version) is None
    )


def with_version(files: ApplicationFiles, version: str) -> str:
    return yaml_scalar.splice(files.chart, ("version",), version, files.path("Chart.yaml"))


def refreshed_lock(
    files: ApplicationFiles,
    application: Application,
    pins: Mapping[str, str],
    generated: datetime,
    unpublished: Collection[str] = (),
) -> str | None:
    """Text of Chart.lock for these files; the present one where it is current already.

    Left as it is while a service has no chart version yet, or one that is `unpublished` (names of services): the application
    cannot be built then anyway.
    Raises BadInput for a third-party range that neither the present lock nor `pins` (key: exact version)
    makes exact.
    """
    chart = files.chart_yaml
    present = files.locked
    if chart_lock.is_current(chart, present):
        return files.lock
    services = [(at, service) for service in application.services for at in chart.positions(service)]
    if any(not chart.dependencies[at].version or service in unpublished for at, service in services):
        return files.lock
    locked = [_lock(each, present, pins, files) for each in chart.dependencies]
    return chart_lock.write(chart.dependencies, locked, generated)


def _lock(
    dependency: Dependency,
    present: chart_lock.ChartLock | None,
    pins: Mapping[str, str],
    files: ApplicationFiles,
) -> Locked:
    if pinned := _pinned(dependency, present):
        return pinned
    exact = dependency.version if chart_version.parse(dependency.version) else pins.get(dependency.key, "")
    locked = Locked(dependency.name, exact, dependency.repository)
    if not chart_lock.pins(locked, dependency):
        raise BadInput(
            f"dependency {dependency.key} ({dependency.version or 'no version'}) is not pinned",
            where=files.path("Chart.yaml"),
            next_step="Write an exact version that its repository has.",
        )
    return locked


def _pinned(dependency: Dependency, lock: chart_lock.ChartLock | None) -> Locked | None:
    entries = lock.dependencies if lock else ()
    return next((each for each in entries if chart_lock.pins(each, dependency)), None)

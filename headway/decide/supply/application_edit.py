"""Chosen images and service charts become one commit to the application repository, or none.

Code and chart of a service travel together, and a version names one content: so tags, dependency versions,
lock and the umbrella's own version change in one edit, and every other byte of the files stays.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from headway.errors import BadInput
from headway.formats import application_files, chart_version, quarantine, yaml_scalar
from headway.formats.application_files import ApplicationFiles
from headway.model.application import Application
from headway.model.charts import ChartEntry
from headway.model.edits import Edit
from headway.model.images import Image

NO_PINS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Move:
    """One scalar that changed: the tag of a service's image or the version of its chart."""

    service: str
    kind: str
    """image | chart"""
    old: str
    new: str

    def __str__(self) -> str:
        return f"- {self.service}: {self.kind} {self.old or '(none)'} -> {self.new or '(none)'}"


def edit(
    files: ApplicationFiles,
    application: Application,
    *,
    images: Mapping[str, Image],
    charts: Mapping[str, ChartEntry],
    seen: Collection[str],
    generated: datetime,
    stage: str,
    run: str,
    pins: Mapping[str, str] = NO_PINS,
) -> Edit:
    """One edit of values.yaml, Chart.yaml and Chart.lock; empty `files` where nothing changes, the subject
    says so.

    `images` and `charts` hold what was chosen, by service (names not in both are fine). Inputs under
    quarantine in these very files are left out. `seen` are all versions of the umbrella that ever existed:
    its version is raised when it is not above them all, and never under `version: manual`. `pins` are exact
    versions of third-party dependencies that `application_files.unpinned` names; `generated` is the time a
    new lock bears. Raises BadInput, naming file and line, for a tag or dependency that does not stand where
    it should.
    """
    quarantined = quarantine.read(files.quarantine)
    images = {
        service: image
        for service, image in images.items()
        if not quarantine.holds_image(quarantined, image.repository, image.tag)
    }
    charts = {
        service: entry
        for service, entry in charts.items()
        if entry.version not in quarantine.quarantined_versions(quarantined, entry.name)
    }
    edited, tags = _with_tags(files, application, images)
    edited, versions = _with_dependencies(edited, charts)
    moves = (*tags, *versions)
    edited = replace(edited, lock=application_files.refreshed_lock(edited, application, pins, generated))
    if edited == files:
        return Edit({}, "Nothing to update: the application holds every chosen image and chart")
    edited, note = with_next_version(edited, application, seen)
    moved = {move.service for move in tags}
    trailers = {"Headway-Stage": stage, "Headway-Run": run}
    if moved:
        references = (image.reference for service, image in images.items() if service in moved)
        trailers["Headway-Image"] = ", ".join(references)
    body = "\n".join([*map(str, moves), note])
    return Edit(edited.changed(files), _subject(moves), body, trailers)


def with_next_version(
    files: ApplicationFiles, application: Application, seen: Collection[str]
) -> tuple[ApplicationFiles, str]:
    """Files whose version is above every one in `seen`, and a line for the commit's body that says what was
    done.
    """
    name, version = application.application, files.chart_yaml.version
    if chart_version.is_above_all(version, seen):
        return files, f"- {name}: version {version}, not published yet"
    if application.version == "manual":
        return files, f"- {name}: version {version} exists already; a person raises it (version: manual)"
    raised = chart_version.next_patch(version, seen)
    chart = application_files.with_version(files, raised)
    return replace(files, chart=chart), f"- {name}: version {version} -> {raised}"


def _with_tags(
    files: ApplicationFiles, application: Application, images: Mapping[str, Image]
) -> tuple[ApplicationFiles, list[Move]]:
    values, file, moves = files.values, files.path("values.yaml"), []
    for service, image in images.items():
        path = application.services[service].value_path(service)
        old = yaml_scalar.read_scalar(values, path, file)
        spliced = yaml_scalar.splice(values, path, image.tag, file)
        if spliced != values:
            moves.append(Move(service, "image", old, image.tag))
        values = spliced
    return replace(files, values=values), moves


def _with_dependencies(
    files: ApplicationFiles, charts: Mapping[str, ChartEntry]
) -> tuple[ApplicationFiles, list[Move]]:
    edited, moves = files, []
    umbrella = files.chart_yaml
    for service, entry in charts.items():
        positions = umbrella.positions(service)
        if not positions:
            raise BadInput(
                f"no dependency has the name or alias {service!r}",
                where=files.path("Chart.yaml"),
                next_step=f"Add it to dependencies, or take {service} out of headway.yaml.",
            )
        for at in positions:
            spliced = edited.with_dependency(at, entry.version)
            if spliced != edited:
                moves.append(Move(service, "chart", umbrella.dependencies[at].version, entry.version))
            edited = spliced
    return edited, list(dict.fromkeys(moves))


def _subject(moves: Collection[Move]) -> str:
    tags = {move.service: move.new for move in moves if move.kind == "image"}
    versions = {move.service: move.new for move in moves if move.kind == "chart"}
    services = list(dict.fromkeys([*tags, *versions]))
    if not services:
        return "Refresh Chart.lock"
    if len(services) > 3:
        return f"Update {len(services)} services"
    return "Update " + " and ".join(_phrase(each, tags.get(each), versions.get(each)) for each in services)


def _phrase(service: str, tag: str | None, version: str | None) -> str:
    if tag is None:
        return f"the chart of {service} to {version}"
    return f"{service} to {tag}" + (f" with chart {version}" if version else "")

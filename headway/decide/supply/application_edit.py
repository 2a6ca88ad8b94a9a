"""Chosen images and service charts become one commit to the application repository, or none.

Code and chart of a service travel together, and a version names one content: so tags, dependency versions,
lock and the umbrella's own version change in one edit, and every other byte of the files stays.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from headway.decide.supply import own_scalars, own_tags, service_charts, taken_up
from headway.formats import application_files, chart_version, image_values
from headway.formats.application_files import ApplicationFiles
from headway.formats.counted import counted
from headway.model.application import Application
from headway.model.charts import ChartEntry
from headway.model.edits import Edit, TakenUp


@dataclass(frozen=True, slots=True)
class Move:
    """One scalar that changed: the tag of a service's image or the version of its chart."""

    service: str
    """Of an image its key."""
    kind: str
    """image | chart"""
    old: str
    new: str
    environment: str = ""
    """The environment that keeps the tag for itself; empty for a tag of values.yaml, which all have."""

    def __str__(self) -> str:
        name = f"{self.service} in {self.environment}" if self.environment else self.service
        return f"- {name}: {self.kind} {self.old or '(none)'} -> {self.new or '(none)'}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the services move to, by service; what is in use already may be among it."""

    tags: Mapping[str, str] = field(default_factory=dict)
    """By key of the image."""
    charts: Mapping[str, ChartEntry] = field(default_factory=dict)
    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Tags by environment that keeps them, and by key of the image."""
    known: Mapping[str, TakenUp] = field(default_factory=dict)
    """What is known of the images that are chosen, by <repository>:<tag>."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Of the umbrella chart."""

    seen: Collection[str]
    """All that exist or ever existed: a new one is above them."""
    published: Collection[str] = ()
    """Those that the index offers."""


@dataclass(frozen=True, slots=True)
class Locking:
    """What a new lock needs beside Chart.yaml."""

    generated: datetime
    """The time that it bears."""
    pins: Mapping[str, str] = field(default_factory=dict)
    """Exact versions of the third-party dependencies that `application_files.unpinned` names, by key."""
    unpublished: Collection[str] = ()
    """Services whose chart, in the version that Chart.yaml names, nobody offers yet."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The application with its inputs moved, its own version still as it was."""

    before: ApplicationFiles
    after: ApplicationFiles
    moves: tuple[Move, ...]
    known: Mapping[str, TakenUp] = field(default_factory=dict)
    """As Chosen has it."""

    @property
    def changed(self) -> bool:
        return self.after != self.before


def with_inputs(
    files: ApplicationFiles, application: Application, chosen: Chosen, locking: Locking
) -> Inputs:
    """Tags in values.yaml, versions in Chart.yaml and the lock that goes with them.

    Raises BadInput, naming file and line, for a tag or dependency that does not stand where it should.
    """
    edited, tags = _with_tags(files, application, chosen.tags)
    edited, own = _with_own_tags(edited, application, chosen.own)
    edited, versions = _with_dependencies(edited, chosen.charts)
    unpublished = {each for each in locking.unpublished if each not in chosen.charts}
    lock = application_files.refreshed_lock(edited, application, locking.pins, locking.generated, unpublished)
    return Inputs(files, replace(edited, lock=lock), (*tags, *versions, *own), chosen.known)


def edit(inputs: Inputs, application: Application, versions: Versions, note: str = "") -> Edit:
    """One edit of values.yaml, Chart.yaml and the lock; empty `files` where nothing changes, the subject says so.

    `note`: a line for the commit's body on what was left out.

    The umbrella's version is raised when it is not above every one seen, and never under `version: manual`.
    """
    if not inputs.changed:
        return Edit({}, "Nothing to update: the application holds every chosen image and chart")
    edited, raised = with_next_version(inputs.after, application, versions)
    tags = [(move.service, move.new) for move in inputs.moves if move.kind == "image"]
    references = (f"{application.images[key].repository}:{tag}" for key, tag in tags)
    images = taken_up.of_all(references, inputs.known)
    body = "\n".join([*([f"{note}.", ""] if note else []), *map(str, inputs.moves), raised])
    return Edit(edited.changed(inputs.before), _subject(inputs.moves), body, images=images)


def with_next_version(
    files: ApplicationFiles, application: Application, versions: Versions
) -> tuple[ApplicationFiles, str]:
    """Files whose version is above every one seen, and a line for the commit's body that says what was
    done.
    """
    name, version = application.application, files.chart_yaml.version
    if chart_version.is_above_all(version, versions.seen):
        return files, f"- {name}: version {version}, not published yet"
    if application.version == "manual":
        return files, f"- {name}: version {version} exists already; a person raises it (version: manual)"
    raised = chart_version.next_patch(version, versions.seen)
    chart = application_files.with_version(files, raised)
    return replace(files, chart=chart), f"- {name}: version {version} -> {raised}"


def _with_tags(
    files: ApplicationFiles, application: Application, tags: Mapping[str, str]
) -> tuple[ApplicationFiles, list[Move]]:
    values, file, moves = files.values, files.path("values.yaml"), []
    for key, tag in tags.items():
        old = own_scalars.tag(replace(files, values=values), application, key)
        spliced = image_values.write(values, application.images[key], tag, file)
        if spliced != values:
            moves.append(Move(key, "image", old, tag))
        values = spliced
    return replace(files, values=values), moves


def _with_own_tags(
    files: ApplicationFiles, application: Application, own: Mapping[str, Mapping[str, str]]
) -> tuple[ApplicationFiles, list[Move]]:
    moves = []
    for environment, tags in own.items():
        for key, tag in tags.items():
            old = own_tags.tag(files, application, environment, key)
            spliced = own_tags.written(files, application, environment, key, tag)
            if spliced != files:
                moves.append(Move(key, "image", old, tag, environment))
            files = spliced
    return files, moves


def _with_dependencies(
    files: ApplicationFiles, charts: Mapping[str, ChartEntry]
) -> tuple[ApplicationFiles, list[Move]]:
    edited, moves = files, []
    umbrella = files.chart_yaml
    for service, entry in charts.items():
        for at in service_charts.positions(umbrella, service, files.path("Chart.yaml")):
            spliced = edited.with_dependency(at, entry.version)
            if spliced != edited:
                moves.append(Move(service, "chart", umbrella.dependencies[at].version, entry.version))
            edited = spliced
    return edited, list(dict.fromkeys(moves))


def _subject(moves: Collection[Move]) -> str:
    tags = {move.service: move.new for move in moves if move.kind == "image" and not move.environment}
    versions = {move.service: move.new for move in moves if move.kind == "chart"}
    own = [move for move in moves if move.environment]
    phrases = [
        _phrase(each, tags.get(each), versions.get(each)) for each in dict.fromkeys([*tags, *versions])
    ]
    phrases += [f"{each.service} in {each.environment} to {each.new}" for each in own]
    if not phrases:
        return "Refresh Chart.lock"
    if len(phrases) > 3:
        services = len({*tags, *versions, *(each.service for each in own)})
        return f"Update {counted(services, 'service')}"
    return "Update " + " and ".join(phrases)


def _phrase(service: str, tag: str | None, version: str | None) -> str:
    if tag is None:
        return f"the chart of {service} to {version}"
    return f"{service} to {tag}" + (f" with chart {version}" if version else "")

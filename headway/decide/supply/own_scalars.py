"""The scalars of an application that Headway writes: image tags, versions of service charts, the umbrella's own version."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from headway.decide.supply import own_tags, service_charts
from headway.decide.supply.service_charts import chart_name
from headway.errors import BadInput
from headway.formats import application_files, image_values
from headway.formats.application_files import CHART_LOCK, HELM_2_LOCK, REQUIREMENTS, ApplicationFiles
from headway.formats.content_digest import content_digest
from headway.model.application import Application
from headway.model.quarantine import Input

NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Place:
    """Where one of them stands, wherever people move it in its file."""

    kind: Literal["image", "chart", "version"]
    name: str
    """The service, the key of its image, or the umbrella for its own version."""
    dependency: str = ""
    """Of a chart: alias or name of the umbrella's dependency."""

    def read(self, files: ApplicationFiles, application: Application) -> str | None:
        """None where the files have no such scalar."""
        if self.kind == "version":
            return files.chart_yaml.version
        if self.kind == "chart":
            at = self._position(files)
            return None if at is None else files.chart_yaml.dependencies[at].version
        try:
            return image_values.read(files.values, application.images[self.name], files.path("values.yaml"))
        except BadInput:
            return None

    def write(self, files: ApplicationFiles, application: Application, value: str) -> ApplicationFiles:
        """Every other byte stays. Files without such a scalar are given back as they are."""
        if self.read(files, application) is None:
            return files
        if self.kind == "version":
            return replace(files, chart=application_files.with_version(files, value))
        at = self._position(files)
        if self.kind == "chart":
            return files if at is None else files.with_dependency(at, value)
        image = application.images[self.name]
        return replace(
            files, values=image_values.write(files.values, image, value, files.path("values.yaml"))
        )

    def _position(self, files: ApplicationFiles) -> int | None:
        keys = [each.key for each in files.chart_yaml.dependencies]
        return keys.index(self.dependency) if self.dependency in keys else None


def tag(files: ApplicationFiles, application: Application, key: str) -> str:
    """Of an image in values.yaml. BadInput naming file and line where it does not stand there; or what comes before it, where
    the service is no dependency either."""
    image = application.images[key]
    try:
        return image_values.read(files.values, image, files.path("values.yaml"))
    except BadInput:
        service_charts.positions(files.chart_yaml, image.service, files.path("Chart.yaml"))
        raise


@dataclass(frozen=True, slots=True)
class OwnChange:
    """What edits of Headway's did to one scalar, together."""

    place: Place
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class OwnEdit:
    """An edit commit of Headway's: the files of its parent and its own."""

    before: ApplicationFiles
    after: ApplicationFiles

    def changes(self, application: Application) -> list[OwnChange]:
        found = []
        for place in places(self.before, application):
            old, new = place.read(self.before, application), place.read(self.after, application)
            if old is not None and new is not None and old != new:
                found.append(OwnChange(place, old, new))
        return found


def places(files: ApplicationFiles, application: Application) -> list[Place]:
    """All that Headway may write in these files."""
    chart = files.chart_yaml
    found = []
    for service, declared in application.services.items():
        found += [Place("image", image.key) for image in declared.declared(service) if not image.in_chart]
        found += [Place("chart", service, chart.dependencies[at].key) for at in chart.positions(service)]
    return [*found, Place("version", application.application)]


def input_of(place: Place, version: str, files: ApplicationFiles, application: Application) -> Input:
    """What a place other than the umbrella's version holds."""
    if place.kind == "image":
        return Input("image", application.images[place.name].repository, version)
    return Input("chart", chart_name(files.chart_yaml, place.name), version)


def inputs(
    files: ApplicationFiles, application: Application, own: Mapping[str, str] = NONE
) -> frozenset[Input]:
    """Tags and versions of service charts that the files hold; `own`: tags, by key, that an environment keeps in their place."""
    of_environment = {Place("image", key): tag for key, tag in own.items()}
    found = (
        (place, of_environment.get(place) or place.read(files, application))
        for place in places(files, application)
    )
    return frozenset(
        input_of(place, held, files, application) for place, held in found if held and place.kind != "version"
    )


def content(tree: Mapping[str, bytes], files: ApplicationFiles, application: Application) -> Input:
    """All that people wrote in the umbrella chart of those files, as one input. `tree`: its files by path; locks follow from
    the other inputs, and do not count."""
    people = peoples_text(files, application)
    texts = {"values.yaml": people.values, "Chart.yaml": people.chart, REQUIREMENTS: people.requirements}
    kept = {path: data for path, data in tree.items() if path not in (CHART_LOCK, HELM_2_LOCK)}
    kept |= {name: text.encode() for name, text in texts.items() if text is not None}
    kept |= own_tags.blotted(kept, application)
    return Input("content", application.application, content_digest(kept))


def peoples_text(files: ApplicationFiles, application: Application) -> ApplicationFiles:
    """The files without all that Headway may write, whoever wrote it: equal where people changed nothing else."""
    changes = [OwnChange(place, "", "") for place in places(files, application)]
    return blotted(files, application, changes)


def composed(edits: list[OwnEdit], application: Application) -> list[OwnChange]:
    """What the edits (oldest first) did together; where a person wrote in between, only what came after that.

    A scalar that is as it was before is among them too, with `old` and `new` the same.
    """
    together: dict[Place, OwnChange] = {}
    for each in edits:
        for change in each.changes(application):
            earlier = together.get(change.place)
            if earlier and earlier.new == change.old:
                change = replace(change, old=earlier.old)
            together[change.place] = change
    return list(together.values())


def blotted(files: ApplicationFiles, application: Application, changes: list[OwnChange]) -> ApplicationFiles:
    """The files without what those changes wrote, and without the lock: what is left is other people's."""
    for change in changes:
        files = change.place.write(files, application, "(Headway's)")
    return replace(files, lock=None, quarantine=None)

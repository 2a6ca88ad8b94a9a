"""Validate a chart before it is published: lint, render for every environment, schemas, values, images."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from prefect.logging import get_run_logger

from headway.clients import side_by_side
from headway.decide.review import values_findings
from headway.decide.supply import image_use, own_tags
from headway.decide.supply.image_use import Render, ServiceImage
from headway.formats import image_values, pinned_tags, values_schemas
from headway.model.application import Application
from headway.model.images import RecordedImage
from headway.workspace import chart_findings
from headway.workspace.environment_values import EnvironmentValues, service_values, umbrella_values
from headway.workspace.validation import AT_ONCE, Finding, Report, validate_chart
from headway.workspace.workspace import Workspace
from tasks.whole import whole_task


@dataclass(frozen=True, slots=True)
class Validated:
    """`findings` are sentences; empty for a sound chart."""

    findings: list[str]
    images: tuple[RecordedImage, ...] = field(default=())
    """Of an application: what it uses, and which bytes that is."""
    renders: tuple[Render, ...] = field(default=(), repr=False)
    """Of an application: what its environments make of it."""


@whole_task("Validate the chart of {name}")
def validate_service_chart(workspace: Workspace, name: str, folder: Path) -> Validated:
    """Of a service's chart in `folder`."""
    application = workspace.application
    umbrella = workspace.source.umbrella
    environments = _of_each(
        application, lambda each: service_values(application, umbrella, each, name, workspace.sops_keys)
    )
    own = _read(folder)
    _advise(own)
    findings = [
        *chart_findings.of_chart(own),
        *chart_findings.definitions(own, environments),
        *_rendered(workspace, folder, own, environments).findings,
    ]
    return Validated([*map(str, findings)])


@whole_task("Validate the application's chart")
def validate_application_chart(workspace: Workspace, folder: Path) -> Validated:
    """Of the umbrella chart in `folder`, dependencies vendored. Raises Unreachable where the registry of a service does not
    answer."""
    application = workspace.application
    files = _read(folder)
    environments = _of_each(
        application, lambda each: umbrella_values(application, files, each, workspace.sops_keys)
    )
    _advise(files)
    found = [*chart_findings.of_application(application, files)]
    declared = _declared_images(workspace)
    digests = workspace.image_digests(declared)
    # Asked once more, for why nobody answered: without the images of its services nothing is published.
    digests |= {image: workspace.image_digest(image) for image in declared if image not in digests}
    services = _services(workspace)
    if application.pin == "digest":
        environments = [_with_pinned(workspace, each, digests) for each in environments]
        services = [each.pinned(digests.get(each.reference)) for each in services]
        digests |= {each.reference: each.digest for each in services if each.digest}
    report = _rendered(workspace, folder, files, environments)
    findings = [
        *map(str, found),
        *chart_findings.definitions(files, environments),
        *(
            f"{where}: the image {image} is not in the registry"
            for image, where in declared.items()
            if digests[image] is None
        ),
        *map(str, report.findings),
        *_unused_tags(workspace, services, report.renders),
    ]
    if findings:
        return Validated(findings)
    return Validated(findings, _images(workspace, services, report.renders, digests), report.renders)


def _of_each(application: Application, values: Callable[[str], EnvironmentValues]) -> list[EnvironmentValues]:
    """Side by side, for a key service may take its time."""
    return side_by_side.each(values, application.environments, AT_ONCE)


def _advise(files: dict[str, bytes]) -> None:
    for finding in values_findings.requirements_file(files):
        get_run_logger().warning("%s", finding)


def _rendered(
    workspace: Workspace, folder: Path, files: dict[str, bytes], environments: list[EnvironmentValues]
) -> Report:
    """Helm is not run at all where it would fetch what a schema names."""
    if outside := values_schemas.leading_outside(files):
        return Report(tuple(Finding(*each) for each in outside.items()), ())
    report = validate_chart(
        folder, environments, helm=workspace.helm, kubernetes_version=workspace.kubernetes_version
    )
    for note in report.notes:
        get_run_logger().info("%s", note)
    return report


def _declared_images(workspace: Workspace) -> dict[str, str]:
    """Images of services and of the tests in headway.yaml as git has them, each with the place that names it."""
    return {each.reference: _place(workspace, each) for each in _services(workspace)} | {
        test.image: f"headway.yaml tests.{test.name}" for test in workspace.application.tests
    }


def _services(workspace: Workspace) -> list[ServiceImage]:
    """Those of an environment that keeps a tag of its own beside those of all others."""
    application, files = workspace.application, workspace.source.files
    path, umbrella = files.path("values.yaml"), files.chart_yaml
    own = {name: application.own_images(name) for name in application.environments}
    found = []
    for key, image in application.images_in_values.items():
        folders = frozenset(umbrella.dependencies[at].key for at in umbrella.positions(image.service))
        keeping = [name for name, images in own.items() if key in images]
        tag = image_values.read(files.values, image, path)
        shared = frozenset(own.keys() - {*keeping}) if keeping else None
        found.append(ServiceImage(key, f"{image.repository}:{tag}", folders, shared))
        for name in keeping:
            tag = own_tags.tag(files, application, name, key)
            found.append(ServiceImage(key, f"{image.repository}:{tag}", folders, frozenset([name])))
    return found


def _place(workspace: Workspace, image: ServiceImage) -> str:
    """File and key of its tag."""
    application, files = workspace.application, workspace.source.files
    declared, name, text = application.images[image.service], "values.yaml", files.values
    for each in image.environments or ():
        if image.service in application.own_images(each):
            name = application.tag_file(each)
            text = files.layers.get(name, "")
    path = files.path(name)
    return f"{path} {image_values.shown(text, declared, path)}"


def _with_pinned(
    workspace: Workspace, values: EnvironmentValues, digests: Mapping[str, str | None]
) -> EnvironmentValues:
    application, files = workspace.application, workspace.source.files
    text = files.layers.get(application.tag_file(values.environment), "")
    own = dict.fromkeys(application.own_images(values.environment), text)
    pinned = pinned_tags.layer(application, files.values, digests, own)
    return replace(values, layers=(*values.layers, pinned))


def _unused_tags(
    workspace: Workspace, services: Sequence[ServiceImage], renders: Sequence[Render]
) -> list[str]:
    """Services that run without the tag that Headway writes: no new image would ever reach them."""
    return [
        f"{_place(workspace, each)}: no manifest of {', '.join(unused)} uses "
        f"{each.reference}, so that a new tag changes nothing there; let the chart of {each.service} render its image "
        f"from these values, or correct `image:` or `value:` of services.{each.service} in headway.yaml"
        for each in services
        if (unused := image_use.unused_in(each, renders))
    ]


def _images(
    workspace: Workspace,
    services: Sequence[ServiceImage],
    renders: Sequence[Render],
    digests: dict[str, str | None],
) -> tuple[RecordedImage, ...]:
    tests = [test.image for test in workspace.application.tests]
    used = image_use.uses(renders, services, tests)
    known = digests | workspace.image_digests(image for image in used if image not in digests)
    images = image_use.recorded(used, known, [each.environment for each in renders])
    if unknown := sorted(used.keys() - {each.reference for each in images}):
        get_run_logger().info("No registry tells the digest of %s: none is recorded", ", ".join(unknown))
    return images


def _read(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

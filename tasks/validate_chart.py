"""Validate a chart before it is published: lint, render for every environment, schemas, values, images."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from prefect.logging import get_run_logger

from headway.clients import side_by_side
from headway.decide.review import values_findings
from headway.decide.supply import image_use, tagged_images
from headway.decide.supply.image_use import Render, ServiceImage
from headway.formats import pinned_tags, values_schemas
from headway.model.application import Application
from headway.model.images import RecordedImage
from headway.workspace import chart_findings
from headway.workspace.environment_values import EnvironmentValues, service_values, umbrella_values
from headway.workspace.validation import AT_ONCE, Finding, Report, validate_chart
from headway.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Validated:
    """`findings` are sentences; empty for a sound chart."""

    findings: list[str]
    images: tuple[RecordedImage, ...] = field(default=())
    """Of an application: what it uses, and which bytes that is."""
    renders: tuple[Render, ...] = field(default=(), repr=False)
    """Of an application: what its environments make of it."""


def validate_service_chart(workspace: Workspace, name: str, folder: Path) -> Validated:
    """What speaks against a service's chart in `folder`."""
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


def validate_application_chart(workspace: Workspace, folder: Path) -> Validated:
    """What speaks against the umbrella chart in `folder`, its dependencies vendored. Raises Unreachable where the registry of a
    service or of a test does not answer."""
    application = workspace.application
    files = _read(folder)
    environments = _of_each(
        application, lambda each: umbrella_values(application, files, each, workspace.sops_keys)
    )
    _advise(files)
    found = [*chart_findings.of_application(application, files)]
    in_git = workspace.source.files
    named = tagged_images.places(in_git, application)
    digests = _digests(workspace, named)
    services = tagged_images.of_services(in_git, application)
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
            for image, where in named.items()
            if digests[image] is None
        ),
        *map(str, report.findings),
        *tagged_images.without_effect(in_git, application, services, report.renders),
    ]
    if findings:
        return Validated(findings)
    return Validated(findings, _images(workspace, services, report.renders, digests), report.renders)


def _digests(workspace: Workspace, images: Collection[str]) -> dict[str, str | None]:
    """Of images that must be there; None for those that are not. Raises Unreachable where a registry does not answer."""
    digests = workspace.image_digests(images)
    # Those that are left out are asked about once more, each for itself, for why nobody answered.
    return digests | {image: workspace.image_digest(image) for image in images if image not in digests}


def _of_each(application: Application, values: Callable[[str], EnvironmentValues]) -> list[EnvironmentValues]:
    """Values of each environment, read side by side: a key service may take its time to decrypt one."""
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


def _with_pinned(
    workspace: Workspace, values: EnvironmentValues, digests: Mapping[str, str | None]
) -> EnvironmentValues:
    application, files = workspace.application, workspace.source.files
    text = files.layers.get(application.tag_file(values.environment), "")
    own = dict.fromkeys(application.own_images(values.environment), text)
    pinned = pinned_tags.layer(application, files.values, digests, own)
    return replace(values, layers=(*values.layers, pinned))


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

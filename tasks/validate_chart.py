"""Validate a chart before it is published: lint, render for every environment, schemas, values, images."""

from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from headway.decide.review import read_addresses, values_findings
from headway.formats import image_reference, utf8, yaml_scalar
from headway.workspace.environment_values import EnvironmentValues, service_values, umbrella_values
from headway.workspace.validation import validate_chart
from headway.workspace.workspace import Workspace


@task(cache_policy=NO_CACHE, task_run_name="Validate the chart of {name}")
def validate_service_chart(workspace: Workspace, name: str, folder: Path) -> list[str]:
    """Findings, as sentences, of a service's chart in `folder`; empty for a sound one."""
    application = workspace.application
    umbrella = workspace.source.umbrella
    environments = [service_values(application, umbrella, each, name) for each in application.environments]
    own = _read(folder)
    _advise(own)
    found = values_findings.plain_secrets(_text(own, "values.yaml"), "values.yaml")
    return [*map(str, found), *_rendered(workspace, folder, environments)]


@task(cache_policy=NO_CACHE, task_run_name="Validate the application's chart")
def validate_application_chart(workspace: Workspace, folder: Path) -> list[str]:
    """Findings, as sentences, of the umbrella chart in `folder`, dependencies vendored; empty for a sound one."""
    application = workspace.application
    files = _read(folder)
    environments = [umbrella_values(application, files, each) for each in application.environments]
    _advise(files)
    requirements = _text(files, "requirements.yaml") if "requirements.yaml" in files else None
    found = [
        *values_findings.plain_secrets(_text(files, "values.yaml"), "values.yaml"),
        *read_addresses.disagreements(application, _text(files, "Chart.yaml"), requirements),
    ]
    for name, environment in application.environments.items():
        for path in environment.value_files(name).paths:
            text = _text(files, path)
            found += values_findings.tags_by_environment(application, text, path)
            found += values_findings.plain_secrets(text, path)
        for path in environment.secret_files(name).paths:
            found += values_findings.not_encrypted(_text(files, path), path)
    return [*map(str, found), *_missing_images(workspace), *_rendered(workspace, folder, environments)]


def _advise(files: dict[str, bytes]) -> None:
    for finding in values_findings.requirements_file(files):
        get_run_logger().warning("%s", finding)


def _rendered(workspace: Workspace, folder: Path, environments: list[EnvironmentValues]) -> list[str]:
    report = validate_chart(
        folder, environments, helm=workspace.helm, kubernetes_version=workspace.kubernetes_version
    )
    for note in report.notes:
        get_run_logger().info("%s", note)
    return list(map(str, report.findings))


def _missing_images(workspace: Workspace) -> list[str]:
    """Images of services and tests, as git has them, that are not in their registry."""
    application, files = workspace.application, workspace.source.files
    path = files.path("values.yaml")
    wanted = {
        f"{path} {'.'.join(service.value_path(name))}": (
            service.image,
            yaml_scalar.read_scalar(files.values, service.value_path(name), path),
        )
        for name, service in application.services.items()
    }
    wanted |= {
        f"headway.yaml tests.{test.name}": image_reference.split(test.image) for test in application.tests
    }
    return [
        f"{where}: the image {image}:{tag} is not in the registry"
        for where, (image, tag) in wanted.items()
        if not workspace.registry.exists(image, tag)
    ]


def _read(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _text(files: dict[str, bytes], path: str) -> str:
    """Empty where there is no such file."""
    return utf8.text(files.get(path, b""), path)

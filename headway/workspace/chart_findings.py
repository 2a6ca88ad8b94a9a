"""What is wrong with a chart's files as they are written, before Helm is asked: for a delivery and for `headway validate`."""

from collections.abc import Iterator, Mapping, Sequence

from headway.decide.review import read_addresses, values_findings
from headway.decide.review.values_findings import ValuesFinding
from headway.errors import BadInput
from headway.formats import chart_definitions, utf8
from headway.model.application import Application
from headway.workspace.environment_values import EnvironmentValues

Files = Mapping[str, bytes]
"""Of a chart, by path relative to it."""


def of_chart(files: Files) -> tuple[ValuesFinding, ...]:
    """Findings on any chart."""
    return values_findings.plain_secrets(text(files, "values.yaml"), "values.yaml")


def of_application(application: Application, files: Files) -> Iterator[ValuesFinding]:
    """Findings on an umbrella chart, with the value and secrets files of its environments."""
    yield from of_chart(files)
    requirements = text(files, "requirements.yaml") if "requirements.yaml" in files else None
    yield from read_addresses.disagreements(application, text(files, "Chart.yaml"), requirements)
    for name, environment in application.environments.items():
        for path in environment.value_files(name).paths:
            content = text(files, path)
            own = application.own_images(name) if path == application.tag_file(name) else ()
            yield from values_findings.tags_by_environment(application, content, path, own)
            yield from values_findings.plain_secrets(content, path)
        for path in environment.secret_files(name).paths:
            yield from values_findings.not_encrypted(text(files, path), path)


def definitions(files: Files, environments: Sequence[EnvironmentValues]) -> list[str]:
    """Findings on definitions in crds/ that could not be applied before a release."""
    found: dict[str, None] = {}
    for environment in environments:
        try:
            chart_definitions.of_files(files, environment.layers)
        except BadInput as error:
            found[str(error)] = None
    return list(found)


def text(files: Files, path: str) -> str:
    """Empty where there is no such file."""
    return utf8.text(files.get(path, b""), path)

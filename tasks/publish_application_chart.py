"""Publish the application's umbrella chart, with its dependencies vendored: the whole release content."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from headway.decide.review import values_findings
from headway.decide.review.values_findings import ValuesFinding
from headway.decide.supply import publication
from headway.errors import BadInput, Conflict, HeadwayError, MissingKey
from headway.model.report import StageResult
from headway.workspace.application_source import HEADWAY_YAML
from headway.workspace.chart_source import ChartSource
from headway.workspace.vendoring import vendored
from headway.workspace.workspace import Workspace
from tasks import withdraw_part
from tasks.publish_chart import STAGE, PublishContext, already, examine, publish
from tasks.validate_chart import Validated, validate_application_chart
from tasks.writing import writing_task


def publish_application_chart(workspace: Workspace) -> list[StageResult]:
    """Publish the chart at the branch head, in a task where it is not there yet. What cannot be published, and holds up
    others, is taken back.

    Raises Conflict when somebody pushed meanwhile, BadInput, Unreachable.
    """
    application, at = workspace.application, workspace.source
    if missing := [*_missing(workspace)]:
        why = "; ".join(map(str, missing))
        return [StageResult(STAGE, application.application, "not published yet", why)]
    repository = workspace.chart_repository(application.first_environment)
    if entry := publication.of_commit(repository.entries(at.chart_name), at.commit):
        return [already(entry.name, entry.version)]
    return publish_new_application_chart(workspace)


@writing_task("Publish the application's chart")
def publish_new_application_chart(workspace: Workspace) -> list[StageResult]:
    at = workspace.source
    try:
        done = publish(_source(workspace), _context(workspace))
    except MissingKey:
        raise
    except BadInput as error:
        taken_back = _taken_back(workspace, [str(error)])
        if not taken_back:
            raise
        return [StageResult.of_error(STAGE, at.chart_name, "not published", error), *taken_back]
    if done.commit:
        workspace.moved_to(done.commit)
    return [done.line, *(_taken_back(workspace, done.findings) if done.findings else [])]


def _missing(workspace: Workspace) -> Iterator[ValuesFinding]:
    application, files = workspace.application, workspace.source.files
    shared = application.images_in_values
    yield from values_findings.missing_tags(shared, files.values, files.path("values.yaml"))
    for name, each in application.environments.items():
        if each.keeps_tags:
            file, own = application.tag_file(name), application.own_images(name)
            text, note = files.layers.get(file, ""), f" in {name}"
            yield from values_findings.missing_tags(own, text, files.path(file), note)


def _source(workspace: Workspace) -> ChartSource:
    application, at = workspace.application, workspace.source
    return ChartSource(
        git=workspace.git,
        folder=application.chart,
        commit=at.commit,
        head=at.commit,
        version_policy=application.version,
        added=_headway_yaml(workspace),
        read=lambda: at.umbrella,
    )


def _context(workspace: Workspace) -> PublishContext:
    def validate(folder: Path) -> Validated:
        return validate_application_chart(workspace, folder)

    return PublishContext(
        workspace.chart_repository(workspace.application.first_environment),
        workspace.helm,
        workspace.application_writer,
        vendored=lambda folder: vendored(workspace, folder, workspace.git.url),
        validate=validate,
        kept=workspace.kept_packages,
    )


def _taken_back(workspace: Workspace, findings: Sequence[str]) -> list[StageResult]:
    try:
        return withdraw_part.if_unpublishable(workspace, findings, _examined)
    except Conflict:
        raise
    except HeadwayError as error:
        return [StageResult.of_error(STAGE, workspace.chart_name, "could not be taken back", error)]


def _examined(workspace: Workspace) -> list[str]:
    return examine(_source(workspace), _context(workspace))


def _headway_yaml(workspace: Workspace) -> dict[str, bytes]:
    """headway.yaml from the repository's root: a release reads it from the package, also of a chart in a subfolder."""
    source = workspace.source
    path = source.files.path(HEADWAY_YAML)
    if path != HEADWAY_YAML and source.umbrella.get(HEADWAY_YAML, source.headway_yaml) != source.headway_yaml:
        raise BadInput(
            "it differs from the one at the repository's root, which is what counts",
            where=f"{workspace.git.url} {path}",
            next_step="Delete it: Headway adds the root's to the package.",
        )
    return {HEADWAY_YAML: source.headway_yaml}

"""Publish the application's umbrella chart, with its dependencies vendored: the whole release content."""

from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.decide.review import values_findings
from headway.errors import BadInput
from headway.model.report import StageResult
from headway.workspace.vendoring import vendored
from headway.workspace.workspace import HEADWAY_YAML, Workspace
from tasks.publish_chart import STAGE, Source, publish
from tasks.validate_chart import validate_application_chart


@task(cache_policy=NO_CACHE, task_run_name="Publish the application's chart")
def publish_application_chart(workspace: Workspace, run: str) -> list[StageResult]:
    """Publish the chart at the branch head. Raises Conflict when somebody pushed meanwhile, BadInput, Unreachable."""
    application = workspace.application
    files = workspace.files()
    missing = values_findings.missing_tags(application, files.values, files.path("values.yaml"))
    if missing:
        why = "\n".join(map(str, missing))
        return [StageResult(STAGE, application.application, "not published yet", why)]
    source = Source(
        git=workspace.git,
        folder=application.chart,
        commit=workspace.commit,
        head=workspace.commit,
        version_policy=application.version,
        added=_headway_yaml(workspace),
    )

    def validate(folder: Path) -> list[str]:
        return validate_application_chart(workspace, folder)

    done = publish(
        source,
        workspace.charts(application.first_environment),
        workspace.helm,
        run=run,
        vendored=lambda folder: vendored(workspace, folder, workspace.git.url),
        validate=validate,
    )
    if done.line.changed:
        workspace.look_again()
    return [done.line]


def _headway_yaml(workspace: Workspace) -> dict[str, bytes]:
    """headway.yaml from the repository's root: a release reads it from the package, also of a chart in a subfolder."""
    root, path = workspace.text(HEADWAY_YAML), workspace.in_chart(HEADWAY_YAML)
    if workspace.text(path, root) != root:
        raise BadInput(
            "it differs from the one at the repository's root, which is what counts",
            where=f"{workspace.git.url} {path}",
            next_step="Delete it: Headway adds the root's to the package.",
        )
    return {HEADWAY_YAML: root.encode()}

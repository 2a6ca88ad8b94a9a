"""Publish the application's umbrella chart, with its dependencies vendored: the whole release content."""

from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.clients.vendoring import vendored
from headway.clients.workspace import Workspace
from headway.decide import values_findings
from headway.errors import HeadwayError
from headway.model.report import Line
from tasks.package_chart import STAGE, Source, publish
from tasks.validate_chart import validate_application_chart


@task(cache_policy=NO_CACHE, task_run_name="Publish the application's chart")
def publish_application_chart(workspace: Workspace, run: str) -> list[Line]:
    """Publish the chart at the branch head. A failure is a line."""
    application = workspace.application
    files = workspace.files()
    missing = values_findings.missing_tags(application, files.values, files.path("values.yaml"))
    if missing:
        why = "\n".join(map(str, missing))
        return [Line(STAGE, application.application, "not published yet", why)]
    source = Source(
        git=workspace.git,
        folder=application.chart,
        commit=workspace.commit,
        head=workspace.commit,
        version_policy=application.version,
    )

    def validate(folder: Path) -> list[str]:
        return validate_application_chart(workspace, folder)

    try:
        done = publish(
            source,
            workspace.charts(application.first_environment),
            workspace.helm,
            run=run,
            vendored=lambda folder: vendored(workspace, folder, workspace.git.url),
            validate=validate,
        )
    except HeadwayError as error:
        return [Line.of_error(STAGE, application.application, "not published", error)]
    if done.line.changed:
        workspace.look_again()
    return [done.line]

"""publish_charts: what is in git and valid is in the first environment's chart repository, service charts first."""

from collections.abc import Sequence

from prefect import flow

from blocks.opening import open_workspace
from flows.reporting import leave_report, run_name, stage
from headway.model.report import StageResult
from headway.workspace.workspace import Workspace
from tasks.publish_application_chart import publish_application_chart
from tasks.publish_chart import STAGE
from tasks.publish_service_chart import publish_service_chart


@flow(name="publish-charts", flow_run_name="Publish the charts of {application}")
def publish_charts(application: str) -> None:
    """Publish service charts, then the application's, where they are not published yet.

    Args:
        application: Name of the Application block.
    """
    workspace = open_workspace(application)
    lines = [*publish_service_charts(workspace), *publish_application(workspace)]
    leave_report(application, "publish_charts", lines)


def publish_service_charts(workspace: Workspace) -> Sequence[StageResult]:
    """One line for each service; a service that fails does not hold up the others."""
    return [publish_service_chart(workspace, name, run_name()) for name in workspace.application.services]


def publish_application(workspace: Workspace) -> list[StageResult]:
    """The line of the application's chart; where somebody pushes meanwhile, it is looked at and decided again."""
    return stage(
        STAGE,
        workspace.application.application,
        lambda: workspace.retry_on_conflict(lambda: publish_application_chart(workspace, run_name())),
    )

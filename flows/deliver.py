"""deliver: everything that is new of one application, as far as it may go, in the order of the systems.

Publish service charts, one commit to the application repository, publish the application, promote, start releases. Each
stage compares what is with what should be, so that a second look does nothing.
"""

from typing import Any

from prefect import flow

from blocks.opening import open_workspace
from flows.promote import promote_all
from flows.publish_charts import publish_application, publish_service_charts
from flows.release import propagate_rejections
from flows.reporting import leave_report, run_name, stage
from flows.starting import start_releases
from headway.model.report import StageResult
from headway.workspace.release_context import ReleaseContext
from headway.workspace.workspace import Workspace
from tasks.update_application import update_application


@flow(name="deliver", flow_run_name="Deliver {application}")
def deliver(application: str, hint: dict[str, Any] | None = None) -> None:  # noqa: ARG001
    """Look at the whole application and bring forward what may go forward.

    Args:
        application: Name of the Application block.
        hint: What an event said. It only says "look now": what is done depends on what is seen.
    """
    leave_report(application, "delivery", deliver_application(open_workspace(application)))


def deliver_application(workspace: Workspace) -> list[StageResult]:
    """All stages once. One that fails is a failed line, and does not keep what is under way from being gone on with.

    Rejections come first: what they bar must not be chosen again.
    """
    name = workspace.application.application
    return [
        *propagate_rejections(ReleaseContext(workspace, workspace.application.first_environment)),
        *publish_service_charts(workspace),
        *stage("update_application", name, lambda: _updated(workspace)),
        *publish_application(workspace),
        *promote_all(workspace),
        *start_releases(workspace),
    ]


def _updated(workspace: Workspace) -> list[StageResult]:
    return workspace.retry_on_conflict(
        lambda: update_application(workspace, "update_application", run_name())
    )

"""deliver: everything that is new of one application, as far as it may go, in the order of the systems.

Publish service charts, one commit to the application repository, publish the application, promote, start releases. Each
stage compares what is with what should be, so that a second look does nothing.
"""

from typing import Any

from prefect import flow

from blocks.opening import open_workspace
from flows.promote import promote_all
from flows.publish_charts import publish_application, publish_service_charts
from flows.release import carry_verdicts_through
from flows.reporting import leave_report, run_name, stage
from flows.starting import start_releases
from headway.clients.release_site import ReleaseSite
from headway.clients.workspace import Workspace
from headway.model.report import Line
from tasks.bump_image_tags import bump_image_tags


@flow(name="deliver", flow_run_name="Deliver {application}")
def deliver(application: str, hint: dict[str, Any] | None = None) -> None:  # noqa: ARG001
    """Look at the whole application and bring forward what may go forward.

    Args:
        application: Name of the Application block.
        hint: What an event said. It only says "look now": what is done depends on what is seen.
    """
    leave_report(application, "delivery", deliver_application(open_workspace(application)))


def deliver_application(workspace: Workspace) -> list[Line]:
    """All stages once. One that fails is a failed line, and does not keep what is under way from being gone on with.

    Verdicts come first: what they bar must not be chosen again.
    """
    name = workspace.application.application
    return [
        *carry_verdicts_through(ReleaseSite(workspace, workspace.application.first_environment)),
        *publish_service_charts(workspace),
        *stage("update_application", name, lambda: _updated(workspace)),
        *publish_application(workspace),
        *promote_all(workspace),
        *start_releases(workspace),
    ]


def _updated(workspace: Workspace) -> list[Line]:
    return workspace.deciding_again(lambda: bump_image_tags(workspace, "update_application", run_name()))

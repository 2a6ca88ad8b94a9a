"""deliver: everything that is new of one application, as far as it may go, in the order of the systems.

Publish service charts, one commit to the application repository, publish the application, promote, start releases. Each
stage compares what is with what should be, so that a second look does nothing.
"""

from typing import Any

from prefect import flow

from blocks.opening import open_workspace
from flows.promote import promote_all
from flows.publish_charts import publish_service_charts
from flows.release import carry_verdicts_through
from flows.reporting import leave_report, run_name
from flows.starting import start_releases
from headway.clients.release_site import ReleaseSite
from headway.clients.workspace import Workspace
from headway.errors import Conflict, HeadwayError
from headway.model.report import Line
from tasks.bump_image_tags import bump_image_tags
from tasks.publish_application_chart import publish_application_chart

CONFLICTS_BORNE = 5


@flow(name="deliver", flow_run_name="Deliver {application}")
def deliver(application: str, hint: dict[str, Any] | None = None) -> None:  # noqa: ARG001
    """Look at the whole application and bring forward what may go forward.

    Args:
        application: Name of the Application block.
        hint: What an event said. It only says "look now": what is done depends on what is seen.
    """
    leave_report(application, "delivery", deliver_application(open_workspace(application)))


def deliver_application(workspace: Workspace) -> list[Line]:
    """All stages once. Raises Unreachable where git or a chart repository does not answer."""
    return [
        *_carry_through(workspace),
        *publish_service_charts(workspace),
        *_update_and_publish(workspace),
        *promote_all(workspace),
        *start_releases(workspace),
    ]


def _carry_through(workspace: Workspace) -> list[Line]:
    """Verdicts that an interrupted run left half done come first: what they bar must not be chosen again."""
    environment = workspace.application.first_environment
    try:
        return carry_verdicts_through(ReleaseSite(workspace, environment))
    except HeadwayError as error:
        return [Line("withdraw", environment, "verdicts could not be looked at", str(error))]


def _update_and_publish(workspace: Workspace) -> list[Line]:
    """The application's commit and its chart; where somebody pushes meanwhile, look and decide again."""
    for attempt in range(CONFLICTS_BORNE):
        try:
            return [
                *bump_image_tags(workspace, "update_application", run_name()),
                *publish_application_chart(workspace, run_name()),
            ]
        except Conflict:
            if attempt + 1 == CONFLICTS_BORNE:
                raise
            workspace.look_again()
    return []

"""update_application: new service charts and their images reach the umbrella chart together, in one commit."""

from prefect import flow

from blocks.opening import open_workspace
from flows.reporting import leave_report, run_name
from tasks import update_application as task


@flow(name="update-application", flow_run_name="Update {application}")
def update_application(application: str) -> None:
    """Write tags, dependency versions, lock and version in one commit.

    Args:
        application: Name of the Application block.
    """
    workspace = open_workspace(application)
    leave_report(
        application,
        "update_application",
        task.update_application(workspace, "update_application", run_name()),
    )

"""update_application: new service charts and their images reach the umbrella chart together, in one commit."""

from prefect import flow

from blocks.opening import open_workspace
from flows import tagging
from flows.reporting import leave_report
from flows.stages import UPDATE_APPLICATION


@flow(name="update-application", flow_run_name="Update {application}")
def update_application(application: str) -> None:
    """Write tags, dependency versions, lock and version in one commit.

    Args:
        application: Name of the Application block.
    """
    tagging.by_place()
    leave_report(application, "update_application", UPDATE_APPLICATION.run(open_workspace(application)))

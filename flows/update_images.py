"""update_images: the newest allowed image of every service stands in git, many images in one commit."""

from prefect import flow

from blocks.opening import open_workspace
from flows.reporting import leave_report, run_name
from tasks.update_application import update_application


@flow(name="update-images", flow_run_name="Update the images of {application}")
def update_images(application: str) -> None:
    """Write new image tags. A service whose chart changed as well is left to update_application.

    Args:
        application: Name of the Application block.
    """
    workspace = open_workspace(application)
    leave_report(
        application,
        "update_images",
        update_application(workspace, "update_images", run_name(), with_charts=False),
    )

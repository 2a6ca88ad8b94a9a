"""publish_charts: what is in git and valid is in the first environment's chart repository, service charts first."""

from prefect import flow

from blocks.opening import open_workspace
from flows import tagging
from flows.reporting import leave_report
from flows.stages import PUBLISH_APPLICATION, PUBLISH_SERVICE_CHARTS, run_stages


@flow(name="publish-charts", flow_run_name="Publish the charts of {application}")
def publish_charts(application: str) -> None:
    """Publish service charts, then the application's, where they are not published yet.

    Args:
        application: Name of the Application block.
    """
    tagging.by_place()
    stages = (PUBLISH_SERVICE_CHARTS, PUBLISH_APPLICATION)
    leave_report(application, "publish_charts", run_stages(stages, open_workspace(application)))

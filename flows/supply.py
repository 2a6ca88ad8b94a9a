"""supply: what is new reaches the first environment's chart repository; nothing is promoted or released.

All that a delivery does without a cluster, for an application whose clusters are not there yet.
"""

from prefect import flow

from blocks.opening import open_workspace
from flows import tagging
from flows.reporting import leave_report
from flows.stages import SUPPLY, run_stages


@flow(name="supply", flow_run_name="Supply {application}")
def supply(application: str) -> None:
    """Publish service charts, write one commit to the application repository, publish the application.

    Args:
        application: Name of the Application block.
    """
    tagging.by_place()
    leave_report(application, "supply", run_stages(SUPPLY, open_workspace(application)))

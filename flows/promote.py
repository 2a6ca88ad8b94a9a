"""promote: the last good version of an environment is offered in the next one, the same bytes."""

from prefect import flow

from blocks.opening import open_workspace
from flows import tagging
from flows.reporting import leave_report
from flows.stages import PROMOTE


@flow(name="promote", flow_run_name="Promote {application}")
def promote(application: str) -> None:
    """Copy what is due into the chart repositories of the environments that follow another.

    Args:
        application: Name of the Application block.
    """
    tagging.by_place()
    leave_report(application, "promote", PROMOTE.run(open_workspace(application)))

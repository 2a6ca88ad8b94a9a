"""deliver: everything that is new of one application, as far as it may go, in the order of the systems.

Carry rejections through, publish service charts, one commit to the application repository, publish the application, promote,
start releases. Each stage compares what is with what should be, so that a second look does nothing.
"""

from typing import Any

from prefect import flow

from blocks.opening import open_workspace
from flows.reporting import leave_report
from flows.stages import DELIVERY, run_stages


@flow(name="deliver", flow_run_name="Deliver {application}")
def deliver(application: str, hint: dict[str, Any] | None = None) -> None:  # noqa: ARG001
    """Look at the whole application and bring forward what may go forward.

    Args:
        application: Name of the Application block.
        hint: What an event said. It only says "look now": what is done depends on what is seen.
    """
    leave_report(application, "delivery", run_stages(DELIVERY, open_workspace(application)))

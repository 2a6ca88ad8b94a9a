"""deliver: everything that is new of one application, as far as it may go, in the order of the systems.

Carry rejections through, publish service charts, one commit to the application repository, publish the application, promote,
start releases. Each stage compares what is with what should be, so that a second look does nothing.
"""

from contextlib import suppress
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from blocks.opening import open_workspace
from flows import dry_runs, tagging
from flows.reporting import leave_report
from flows.stages import RELEASE, of_delivery, run_stages
from headway.clients import together
from headway.errors import HeadwayError
from headway.model import run_names
from headway.model.report import StageResult

DELIVERY = "delivery"
"""How its report is called."""


@flow(name="deliver", flow_run_name=run_names.DELIVER)
def deliver(application: str, hint: dict[str, Any] | None = None, dry_run: bool = False) -> State | None:  # noqa: ARG001
    """Look at the whole application and bring forward what may go forward.

    Args:
        application: Name of the Application block.
        hint: What an event said. It only says "look now": what is done depends on what is seen.
        dry_run: Say of each stage what it would do with what is there now, and change nothing.
    """
    tagging.by_place()
    leave_report(application, DELIVERY, delivered(application, dry_run=dry_run), dry_run=dry_run)
    return dry_runs.ended() if dry_run else None


def delivered(application: str, *, dry_run: bool = False) -> list[StageResult]:
    """What each stage did, within the run that asks: of `deliver`, or of `watch` for one application after another."""
    try:
        workspace = open_workspace(application, dry_run=dry_run)
    except HeadwayError as error:
        if dry_run:
            raise
        return _repairs(application, error)
    if workspace.may_close_proposals:
        # What is proposed is closed where nothing is to be proposed any more: nobody asks again before.
        together.stop_glancing()
    return run_stages(of_delivery(workspace), workspace)


def _repairs(application: str, error: HeadwayError) -> list[StageResult]:
    """Where headway.yaml or policy cannot be read nothing goes forward, but a release that failed is repaired, by what could be
    read last. Raises `error` where nothing is to be repaired."""
    with suppress(HeadwayError):
        workspace = open_workspace(application, or_last_seen=True)
        lines = RELEASE.run(workspace) if workspace.unread else []
        if any(line.changed for line in lines):
            return [StageResult.of_error("look", application, "nothing new goes forward", error), *lines]
    raise error

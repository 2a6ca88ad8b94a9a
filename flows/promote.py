"""promote: the last good version of an environment is offered in the next one, the same bytes."""

from prefect import flow

from blocks.opening import open_workspace
from flows.reporting import leave_report
from headway.model.report import StageResult
from headway.workspace.workspace import Workspace
from tasks.promote_chart import promote_chart


@flow(name="promote", flow_run_name="Promote {application}")
def promote(application: str) -> None:
    """Copy what is due into the chart repositories of the environments that follow another.

    Args:
        application: Name of the Application block.
    """
    leave_report(application, "promote", promote_all(open_workspace(application)))


def promote_all(workspace: Workspace) -> list[StageResult]:
    """One line for each environment that follows another, in file order."""
    followers = [name for name, each in workspace.application.environments.items() if each.after]
    return [promote_chart(workspace, name) for name in followers]

"""plan-pull-requests: what merging each open pull request would change, as a comment on it. Nothing else is written.

The last step of a delivery as well: who opens a pull request to the application repository finds the plan on it.
"""

from dataclasses import replace

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from blocks.opening import open_workspace
from flows import tagging
from flows.reporting import leave_report
from headway.clients.forge import PullRequest
from headway.errors import HeadwayError
from headway.model import run_names
from headway.model.report import StageName, StageResult
from headway.workspace.dry_run import DryRunWorkspace
from headway.workspace.pull_request_plans import PullRequestPlans
from headway.workspace.workspace import Workspace
from tasks.stopped import stopped


@flow(name="plan-pull-requests", flow_run_name=run_names.PLAN_PULL_REQUESTS)
def plan_pull_requests(application: str, pull_request: int | None = None, dry_run: bool = False) -> None:
    """Say on open pull requests to the application's branch what merging them would change.

    Args:
        application: Name of the Application block.
        pull_request: Number of the one that is planned anew; empty: each that something has changed for.
        dry_run: Leave the comment as an artifact of the run, in the place of writing it.
    """
    tagging.by_place()
    plans = PullRequestPlans(open_workspace(application))
    pulls = [plans.find(pull_request)] if pull_request is not None else plans.due()
    if not dry_run:
        leave_report(application, "pull-requests", [_told(plans, each) for each in pulls])
        return
    for each in pulls:
        create_markdown_artifact(
            plans.comment(each),
            key=f"{application}-pull-request-{each.number}-plan",
            description=f"What merging {each.url} changes",
        )


def plan_open(workspace: Workspace) -> list[StageResult]:
    """One line for each that was told or could not be; it keeps nothing from being delivered. An unchanged one costs nothing
    beside the one request for all."""
    if workspace.systems.access.forge is None or isinstance(workspace, DryRunWorkspace):
        return []
    plans = PullRequestPlans(workspace)
    try:
        return [replace(_told(plans, each), failed=False) for each in plans.due()]
    except HeadwayError as error:
        return [StageResult(StageName.PLAN, workspace.application.application, "not looked at", str(error))]


def _told(plans: PullRequestPlans, pull: PullRequest) -> StageResult:
    """A failed line where it cannot be."""
    subject = f"{pull.number}"
    try:
        changed = plans.tell(pull, plans.comment(pull))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the trouble of one pull request
        return stopped(StageName.PLAN, subject, "not planned", error)
    outcome = f"{'planned' if changed else 'planned already'}: {pull.url}"
    return StageResult(StageName.PLAN, subject, outcome, changed=changed)

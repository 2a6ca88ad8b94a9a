"""The stages of a delivery, once and in their order: each compares two systems, and acts where they differ.

`deliver` runs them all, the single flows some of them. A stage that finds that somebody else has written meanwhile looks and
decides again. What fails is a failed line of the report, and the other stages go on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from prefect._flow_run_suspension import raise_if_flow_run_suspension_requested

from flows import plan_pull_requests, starting
from flows.contexts import open_release
from flows.promote_all import promote_all
from flows.tell_commits import tell_commits
from headway.clients import together
from headway.errors import HeadwayError
from headway.model.record import Rejection
from headway.model.report import StageName, StageResult
from headway.workspace.dry_run import DryRunWorkspace
from headway.workspace.release_context import ReleaseContext
from headway.workspace.site import SiteWorkspace
from headway.workspace.workspace import Workspace
from tasks import promote_chart, publish_chart, update_application, withdraw_version
from tasks.publish_application_chart import publish_application_chart
from tasks.publish_service_chart import publish_service_chart
from tasks.stopped import or_stopped, stopped


@dataclass(frozen=True, slots=True)
class Stage:
    """`act` gives one line for each thing it decided on. What it raises ends the stage."""

    name: str
    act: Callable[[Workspace], list[StageResult]]
    if_all_is_well: bool = False
    """Left out where a line before it has failed, which might have said otherwise."""

    def run(self, workspace: Workspace) -> list[StageResult]:
        """The lines of the report. An error that ends the stage becomes a failed line.

        A run that was suspended at work ends here, as it does before each task: a stage that finds nothing to do has none."""
        raise_if_flow_run_suspension_requested()
        try:
            return workspace.retry_on_conflict(lambda: self.act(workspace))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the trouble of one stage
            return [stopped(self.name, workspace.application.application, "failed", error)]


def of_delivery(workspace: Workspace) -> tuple[Stage, ...]:
    """A site has releases alone to look at."""
    return ON_SITE if isinstance(workspace, SiteWorkspace) else DELIVERY


def run_stages(stages: Iterable[Stage], workspace: Workspace) -> list[StageResult]:
    lines: list[StageResult] = []
    for stage in stages:
        if not (stage.if_all_is_well and any(line.failed for line in lines)):
            lines += stage.run(workspace)
    return lines


def propagate_rejections(context: ReleaseContext) -> list[StageResult]:
    """Where versions are born, a rejected one is withdrawn from the chart repository and taken back in git.

    What cannot be done now is a failed line: every later look tries again. A site has no right to either.
    """
    is_first = context.environment_name == context.workspace.application.first_environment
    if not is_first or isinstance(context.workspace, SiteWorkspace):
        return []
    lines: list[StageResult] = []
    try:
        rejections = _not_carried_through(context)
        if rejections and together.stop_glancing():
            rejections = _not_carried_through(context)
        for rejection in rejections:
            lines += withdraw_version.withdraw_version(context, rejection)
    except HeadwayError as error:
        lines.append(
            StageResult.of_error(
                withdraw_version.STAGE,
                context.environment_name,
                "a rejection is not carried through yet",
                error,
            )
        )
    return lines


def _not_carried_through(context: ReleaseContext) -> list[Rejection]:
    record = context.workspace.record(context.environment_name)
    return [
        each
        for each in (record.rejections if record else ())
        if not {"repository", "git"} <= set(each.propagated_to)
    ]


def _withdraw(workspace: Workspace) -> list[StageResult]:
    return propagate_rejections(open_release(workspace, workspace.application.first_environment))


def _publish_service_charts(workspace: Workspace) -> list[StageResult]:
    """One line for each service; a service that fails does not hold up the others."""
    workspace.services.look_ahead(workspace.source)
    return [_publish_service_chart(workspace, name) for name in workspace.application.services]


def _publish_service_chart(workspace: Workspace, name: str) -> StageResult:
    return or_stopped(
        publish_chart.STAGE,
        name,
        "not published",
        lambda: workspace.retry_on_conflict(lambda: publish_service_chart(workspace, name)),
    )


def _close_obsolete(workspace: Workspace) -> list[StageResult]:
    """Where nothing is left to propose, or edits are pushed by now."""
    at = workspace.git, workspace.source.commit
    if isinstance(workspace, DryRunWorkspace):
        return []
    if workspace.application.write == "pull-request":
        done = workspace.proposing.nothing_left(*at)
    else:
        done = workspace.proposing.given_up(*at) if workspace.systems.access.forge else None
    if done is None:
        return []
    outcome, changed = done
    return [StageResult(StageName.PROPOSE, workspace.application.application, outcome, changed=changed)]


WITHDRAW = Stage(withdraw_version.STAGE, _withdraw)
PUBLISH_SERVICE_CHARTS = Stage(publish_chart.STAGE, _publish_service_charts)
UPDATE_APPLICATION = Stage(
    update_application.STAGE, lambda workspace: update_application.update_application(workspace)
)
PUBLISH_APPLICATION = Stage(publish_chart.STAGE, lambda workspace: publish_application_chart(workspace))
CLOSE_OBSOLETE = Stage(StageName.PROPOSE, _close_obsolete, if_all_is_well=True)
TELL_COMMITS = Stage(StageName.TELL_COMMITS, tell_commits)
PLAN_PULL_REQUESTS = Stage(StageName.PLAN, plan_pull_requests.plan_open)
PROMOTE = Stage(promote_chart.STAGE, promote_all)
RELEASE = Stage(starting.STAGE, lambda workspace: starting.start_releases(workspace))

SUPPLY = (PUBLISH_SERVICE_CHARTS, UPDATE_APPLICATION, PUBLISH_APPLICATION)
"""From registry and git into the first environment's chart repository; needs no cluster."""
BEFORE_RELEASES = (WITHDRAW, *SUPPLY, CLOSE_OBSOLETE, PROMOTE)
"""Rejections come first: what they bar must not be chosen again."""
DELIVERY = (*BEFORE_RELEASES, RELEASE, TELL_COMMITS, PLAN_PULL_REQUESTS)
ON_SITE = (RELEASE,)

"""release: bring one environment to the version it should run, test it, and go back where it fails.

All before the gate is read-only, and no lock is held while it waits: on resume the whole flow runs again.
"""

import socket

from prefect import flow, runtime
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Cancelled, Completed, Failed

from blocks.opening import open_workspace
from flows import approval
from flows.events import emit
from flows.release_runs import REJECTED, mark_this_run, shown_package
from flows.release_tasks import Planner, TaskedRelease
from flows.reporting import log, run_name
from flows.stages import propagate_rejections
from headway.clients.kubernetes.lease import HandedOver
from headway.decide.release.actions import Install, Upgrade
from headway.decide.release.decision import choose
from headway.decide.release.ending import End, Ending, end
from headway.decide.release.passes import ReconcileResult, StopReason
from headway.decide.release.state import name
from headway.model.events import ReleaseEvent, ReleaseRolledBack, ReleaseTested
from headway.workspace.held_release import HeldRelease
from headway.workspace.reconcile import reconcile
from headway.workspace.release_context import Look, ReleaseContext


@flow(name="release", flow_run_name="Release {application} to {environment}")
def release(application: str, environment: str, adopt: bool = False) -> State:
    """Release what the environment should run, if anything is to be done.

    Args:
        application: Name of the Application block.
        environment: Name of the environment in headway.yaml.
        adopt: A release that was made by hand in this place becomes Headway's; it counts as good.
    """
    workspace = open_workspace(application)
    shown = shown_package() if workspace.environment(environment).gate == "approval" else ""
    return release_to(ReleaseContext(workspace, environment, shown), adopt=adopt)


def release_to(context: ReleaseContext, *, adopt: bool = False) -> State:
    """Ask where approval is needed, take the lease, reconcile, propagate rejections, and name how it ended."""
    approved: set[str] | None = set() if context.environment.gate == "approval" else None
    planner = Planner(context)
    while True:
        if approved is not None and (rejected := _ask(context, planner, approved)):
            return rejected
        lease = context.lease.acquire(holder=f"{socket.gethostname()} {run_name()}")
        if isinstance(lease, HandedOver):
            return Completed(
                name="Handed over", message=f"{lease.holder} is at work, and looks again before it ends."
            )
        with lease as held:
            tasked = TaskedRelease(HeldRelease(context, held.ensure_held), planner, approved, adopt=adopt)
            passes = [_pass(tasked)]
            while passes[-1].wants_another or held.release():
                context.workspace.look_again()
                passes.append(_pass(tasked))
        propagated = propagate_rejections(context)
        log(propagated)
        if passes[-1].stopped is not StopReason.APPROVAL_NEEDED:
            return _ended(context, end(passes, [str(line) for line in propagated if line.failed]))


def _pass(release: TaskedRelease) -> ReconcileResult:
    return reconcile(release, get_run_logger().info)


def _ask(context: ReleaseContext, planner: Planner, approved: set[str]) -> State | None:
    """Have the plan approved, if there is one. None: go on; else the state of a run that was rejected."""
    seen = context.observe(Look.GATE)
    decision = choose(name(seen.observation), seen.observation)
    if not isinstance(decision.action, Install | Upgrade):
        return None
    plan = planner.diff(seen, decision.why).plan
    mark_this_run(context, seen)
    answer = approval.ask(plan, decision.why)
    if answer.approved:
        get_run_logger().info("Approved by %s: %s", answer.approver, answer.comment or "no comment")
        approved.add(plan.key)
        return None
    return Cancelled(
        name=REJECTED, message=f"{plan.after} was rejected by {answer.approver}: {answer.comment}"
    )


def _ended(context: ReleaseContext, ended: End) -> State:
    if ended.ending is Ending.RELEASED:
        _tell(context, ReleaseTested, ended.version)
    if ended.went_back:
        _tell(context, ReleaseRolledBack, ended.version)
    kind = Failed if ended.failed else Completed
    return kind(name=ended.ending.value, message=ended.message)


def _tell(context: ReleaseContext, fact: type[ReleaseEvent], version: str) -> None:
    ref = context.ref
    emit(fact(ref.application, ref.environment, version, str(runtime.flow_run.id)))

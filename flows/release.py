"""release: bring one environment to the version it should run, test it, and go back where it fails.

All before the gate is read-only, and no lock is held while it waits: on resume the whole flow runs again.
"""

import socket

from prefect import flow, runtime
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.logging import get_run_logger
from prefect.states import Cancelled, Completed, Failed

from blocks.opening import open_workspace
from flows import approval
from flows.reconciling import CHANGES, Pass, decide, reconcile
from flows.release_runs import REJECTED, mark_this_run
from flows.reporting import log, run_name
from flows.stages import propagate_rejections
from headway.clients.kubernetes.lease import HandedOver
from headway.decide.release.action import Action
from headway.decide.release.state import State as ReleaseState
from headway.model.report import StageResult
from headway.workspace.release_context import ReleaseContext
from tasks.diff_release import diff_release


@flow(name="release", flow_run_name="Release {application} to {environment}")
def release(application: str, environment: str, adopt: bool = False) -> State:
    """Release what the environment should run, if anything is to be done.

    Args:
        application: Name of the Application block.
        environment: Name of the environment in headway.yaml.
        adopt: A release that was made by hand in this place becomes Headway's; it counts as good.
    """
    return release_site(ReleaseContext(open_workspace(application), environment), adopt=adopt)


def release_site(context: ReleaseContext, *, adopt: bool = False) -> State:
    """Ask where approval is needed, take the lease, reconcile, carry rejections through, and name how it ended."""
    approved: set[str] | None = set() if context.environment.gate == "approval" else None
    while True:
        if approved is not None and (rejected := _ask(context, approved, adopt=adopt)):
            return rejected
        lease = context.lease.acquire(holder=f"{socket.gethostname()} {run_name()}")
        if isinstance(lease, HandedOver):
            return Completed(
                name="Handed over", message=f"{lease.holder} is at work, and looks again before it ends."
            )
        with lease as held:
            context.check = held.check
            passes = [reconcile(context, approved, adopt=adopt)]
            while held.release():
                context.workspace.look_again()
                passes.append(reconcile(context, approved, adopt=adopt))
        context.check = None
        carried = propagate_rejections(context)
        log(carried)
        if not passes[-1].waits_for_approval:
            return _end(context, passes, carried)


def _ask(context: ReleaseContext, approved: set[str], *, adopt: bool) -> State | None:
    """Have the plan approved, if there is one. None: go on; else the state of a run that was rejected."""
    seen = context.observe(adopt=adopt, drift=False)
    decision = decide(seen)
    if decision.action not in CHANGES:
        return None
    plan, _ = diff_release(context, seen, decision.why)
    mark_this_run(context, seen)
    answer = approval.ask(plan, decision.why)
    if answer.approved:
        get_run_logger().info("Approved by %s: %s", answer.approver, answer.comment or "no comment")
        approved.add(plan.key)
        return None
    return Cancelled(
        name=REJECTED, message=f"{plan.after} was rejected by {answer.approver}: {answer.comment}"
    )


def _end(context: ReleaseContext, passes: list[Pass], carried: list[StageResult]) -> State:
    """Named after the last pass that did anything."""
    last = next((each for each in reversed(passes) if each.done), passes[-1])
    said = [sentence for each in passes for sentence in each.said]
    unfinished = [str(line) for line in carried if line.failed]
    message = " ".join([*said, passes[-1].decision.why, *unfinished])
    if Action.ROLL_BACK in last.done:
        _tell(context, "headway.release.rolled-back", last.running)
        if last.frozen:
            return Failed(name="Frozen", message=message)
        kind = Completed if last.seen.observation.hold else Failed
        return kind(name="Rolled back", message=message)
    if Action.TEST in last.done and last.seen.observation.tested:
        _tell(context, "headway.release.tested", last.running)
        return Completed(name="Released", message=message)
    if last.seen.state is ReleaseState.UNKNOWN:
        return Failed(message=message)
    if last.seen.state in (ReleaseState.FROZEN, ReleaseState.UNMANAGED, ReleaseState.FAILED):
        return Failed(name=last.seen.state.value, message=message)
    if last.decision.action is Action.WAIT:
        return Completed(name="Waiting", message=message)
    return Completed(name="In sync", message=message)


def _tell(context: ReleaseContext, event: str, version: str) -> None:
    emit_event(
        event=event,
        resource={
            "prefect.resource.id": f"headway.application.{context.application}",
            "prefect.resource.name": context.application,
        },
        payload={"environment": context.name, "version": version, "run": str(runtime.flow_run.id)},
    )

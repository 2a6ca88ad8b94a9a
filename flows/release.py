"""release: bring one environment to the version it should run, test it, and go back where it fails.

Nothing is done to the release before the gate, and no lock is held while it waits: on resume the whole flow runs again.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from blocks.opening import open_workspace
from flows import approval, cancellations, dry_runs, flow_runs, promotions, tagging, turns
from flows.archive import archive
from flows.contexts import needs_reason, open_release, tell, tell_drift
from flows.events import emit
from flows.release_runs import BY_A_LOOK, shown_package
from flows.release_tasks import Planner, TaskedRelease
from flows.reporting import log, teller
from flows.stages import propagate_rejections
from headway.clients.kubernetes.lease import HandedOver
from headway.decide.release import standing_orders
from headway.decide.release.ending import End, Ending, end
from headway.decide.release.passes import ReconcileResult, StopReason
from headway.errors import Unreachable
from headway.model import run_names
from headway.model.audit import Said
from headway.model.events import ReleaseOffered, ReleaseRolledBack, ReleaseTested
from headway.model.record import ReleaseRecord
from headway.workspace import commit_statuses
from headway.workspace.held_release import HeldRelease
from headway.workspace.reconcile import reconcile
from headway.workspace.release_context import ReleaseContext
from tasks.best_effort import best_effort

A_PERSON = "a person"
"""Who starts a release and leaves the name out."""


@flow(name="release", flow_run_name=run_names.RELEASE)
def release(
    application: str,
    environment: str,
    adopt: bool = False,
    by: str | None = A_PERSON,
    reason: str = "",
    dry_run: bool = False,
    promote: str = "",
) -> State:
    """Release what the environment should run, if anything is to be done.

    Args:
        application: Name of the Application block.
        environment: Name of the environment in headway.yaml.
        adopt: A release that was made by hand in this place becomes Headway's; it counts as good once its tests pass.
        by: Who starts it, for the record; null where nobody does, but a look at what is new.
        reason: Why, for the record, where somebody starts it.
        dry_run: Say what would be done, leave the plan, and change nothing.
        promote: A version that is good in the environment before, or "newest": it is brought here first, where nothing keeps
            it back. Needs a reason.
    """
    tagging.by_place()
    if by is not None:
        by = by.strip() or A_PERSON
    if promote:
        needs_reason(reason, "promote")
    workspace = open_workspace(application, or_last_seen=not promote, dry_run=dry_run)
    shown = shown_package()
    context = open_release(workspace, environment, shown)
    if not dry_run:
        cancellations.heed(context)
    said = Said(
        by or A_PERSON, reason.strip() or "a release was started by hand", datetime.now(UTC), context.run
    )
    brought = ""
    if promote and not shown:
        # A run that goes on after its question has brought it already, and has an answer to heed.
        brought = promotions.bring(context, promote, said)
    elif by and not promote:
        _go_on(context, said, named=bool(reason.strip()) or by != A_PERSON)
    if dry_run:
        return dry_runs.ended(f"{brought} {dry_runs.of_release(context, adopt=adopt)}".lstrip())
    return release_to(context, adopt=adopt, by=by, reason=reason)


def release_to(
    context: ReleaseContext, *, adopt: bool = False, by: str | None = None, reason: str = ""
) -> State:
    """Ask where approval is needed, take the lease, reconcile, propagate rejections, and name how it ended."""
    attempt = ReleaseAttempt(context, adopt=adopt, by=by, reason=reason)
    if answered := approval.heed(context):
        return answered
    asks_first = context.environment.gate == "approval"
    while True:
        if asks_first and (answered := approval.ask(context, attempt.planner)):
            return answered
        if ended := attempt.released():
            return ended
        asks_first = True


class ReleaseAttempt:
    """One run's attempt to release what an environment should run. `ensure` is called before and during each change; what it
    raises ends the attempt."""

    def __init__(
        self,
        context: ReleaseContext,
        *,
        adopt: bool = False,
        by: str | None = None,
        reason: str = "",
        ensure: Callable[[], None] = lambda: None,
    ) -> None:
        self.planner = Planner(context)
        self._context = context
        self._begun = datetime.now(UTC)
        self._adopt = adopt
        self._by = by
        self._reason = reason
        self._ensure = ensure

    def released(self) -> State | None:
        """Under the lease. The state it ended in; None where it stopped before a change that a person has to approve."""
        context = self._context
        lease = turns.take(context, self._ensure)
        if isinstance(lease, HandedOver):
            return Completed(
                name=flow_runs.HANDED_OVER,
                message=f"{lease.holder} is at work, and looks again before it ends.",
            )
        with lease as held:

            def ensure() -> None:
                self._ensure()
                held.ensure_held()

            release = HeldRelease(context, ensure, teller())
            tasked = TaskedRelease(release, self.planner, adopt=self._adopt, by=self._by or BY_A_LOOK)
            passes = [_pass(tasked)]
            while passes[-1].wants_another or held.release():
                context.workspace.look_again()
                passes.append(_pass(tasked))
        propagated = propagate_rejections(context)
        log(propagated)
        ended = end(passes, [str(line) for line in propagated if line.failed])
        _tell_end(context, ended)
        with best_effort("status of the commits"):
            for untold in commit_statuses.tell(context.workspace, context.environment_name)[1]:
                get_run_logger().warning("A commit's status is not told: %s", untold)
        archive(context, self._begun, self._by or "", self._reason)
        if passes[-1].stopped is StopReason.APPROVAL_NEEDED:
            return None
        if passes[-1].observation.drift:
            tell_drift(context, passes[-1].observation)
        return _state(ended)


def _go_on(context: ReleaseContext, said: Said, *, named: bool) -> None:
    """Where a cancelled run had frozen the environment, or drift was corrected in vain. `named`: that they started it is written
    down. A cluster that is away is seen, and told, by the look that follows."""

    def gone_on(record: ReleaseRecord) -> ReleaseRecord:
        after = standing_orders.gone_on(record, said)
        return standing_orders.asked_for(after, "started", said) if named else after

    with suppress(Unreachable):
        record, _ = context.store.read()
        if record and gone_on(record) != record:
            context.update_record(gone_on)


def _pass(release: TaskedRelease) -> ReconcileResult:
    return reconcile(release, get_run_logger().info)


def _tell_end(context: ReleaseContext, ended: End) -> None:
    if ended.ending is Ending.RELEASED:
        tell(context, ReleaseTested, ended.version, ended.message)
        environments = context.workspace.application.environments.values()
        if any(each.after == context.environment_name for each in environments):
            ref = context.ref
            emit(ReleaseOffered(ref.application, ref.environment, ended.version, context.run))
    if ended.went_back:
        tell(context, ReleaseRolledBack, ended.version, ended.message)


def _state(ended: End) -> State:
    kind = Failed if ended.failed else Completed
    return kind(name=ended.ending.value, message=ended.message)

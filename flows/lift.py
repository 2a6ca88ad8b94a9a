"""lift: a person takes back what keeps versions out, and the environment is looked at again."""

from datetime import UTC, datetime

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.states import Completed

from blocks.opening import open_workspace
from flows import cancellations, dry_runs, tagging
from flows.contexts import needs_reason, open_release
from flows.starting import start_release
from headway.decide.release.lifting import lifted, whose
from headway.model import run_names
from headway.model.audit import Said
from headway.model.record import ReleaseRecord


@flow(name="lift", flow_run_name=run_names.LIFT)
def lift(
    application: str, environment: str, what: str, reason: str, by: str = "a person", dry_run: bool = False
) -> State:
    """Lift a hold, a freeze, or the rejection on a version; start a release where one is due then.

    Args:
        application: Name of the Application block.
        environment: Name of the environment in headway.yaml.
        what: hold, freeze, or a version that is barred here.
        reason: Why, for the record.
        by: Who asks, for the record.
        dry_run: Say what would be done, and change nothing.
    """
    asked_at = _asked_at()
    tagging.by_place()
    needs_reason(reason, "lift")
    context = open_release(open_workspace(application, or_last_seen=True, dry_run=dry_run), environment)
    if not dry_run:
        cancellations.heed(context)
    stood = ""

    def without(record: ReleaseRecord) -> ReleaseRecord:
        nonlocal stood
        # Now: later than whatever the record says by this clock.
        after = lifted(record, what, Said(by, reason, datetime.now(UTC), context.run), asked_at)
        stood = f"; it was {theirs}" if (theirs := whose(record, what)) else ""
        return after

    context.update_record(without)
    if dry_run:
        return dry_runs.ended(f"{what} would be lifted{stood}. {dry_runs.of_release(context)}")
    return Completed(name="Lifted", message=f"{what}, by {by}: {reason}{stood}. {start_release(context)}")


def _asked_at() -> datetime:
    """By the clock of the worker, by which holds and freezes are dated: how long the run has waited says Prefect's server.

    Not when it was to start: that is dated by the machine of whoever asked."""
    now, running = datetime.now(UTC), FlowRunContext.get()
    run = running.flow_run if running else None
    if run is None or run.created is None or run.state is None:
        return now
    return now - (run.state.timestamp - run.created)

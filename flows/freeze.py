"""freeze: a person stops an environment. Nothing is done to its release until it is lifted, but a person's roll back."""

from datetime import UTC, datetime

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from blocks.opening import open_workspace
from flows import dry_runs, tagging
from flows.contexts import needs_reason, open_release
from flows.starting import start_release
from headway.decide.release import standing_orders
from headway.model import run_names
from headway.model.audit import Said


@flow(name="freeze", flow_run_name=run_names.FREEZE)
def freeze(
    application: str, environment: str, reason: str, by: str = "a person", dry_run: bool = False
) -> State:
    """Freeze an environment. What is at work ends the step that it is in; what waits for approval is superseded.

    A freeze that stands gives way to this one; audit and end of the run say by whom it was, and why.

    Args:
        application: Name of the Application block.
        environment: Name of the environment in headway.yaml.
        reason: Why, for those who find it frozen.
        by: Who asks, for those who find it frozen.
        dry_run: Say what would be done, and change nothing.
    """
    tagging.by_place()
    needs_reason(reason, "freeze")
    context = open_release(open_workspace(application, or_last_seen=True, dry_run=dry_run), environment)
    said = Said(by, reason, datetime.now(UTC), context.run)
    # As the audit has it: also which freeze it takes the place of.
    why = context.update_record(lambda record: standing_orders.frozen(record, said)).audit[0].why
    if dry_run:
        return dry_runs.ended(f"{context.ref} would be frozen by {by}: {why}. {dry_runs.of_release(context)}")
    return Completed(name="Frozen", message=f"By {by}: {why}. {start_release(context)}")

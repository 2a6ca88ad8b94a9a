"""roll-back: a person goes back to a version that was good, and holds it there."""

from dataclasses import replace

from prefect import flow
from prefect.client.schemas.objects import State

from blocks.opening import open_workspace
from flows import cancellations, dry_runs, tagging
from flows.contexts import needs_reason, open_release
from flows.release import release_to
from headway.decide.release import rollback_target
from headway.decide.supply import image_digests
from headway.errors import Refused, Unreachable
from headway.model import run_names
from headway.model.record import ReleaseRecord
from headway.workspace.release_context import Look


@flow(name="roll-back", flow_run_name=run_names.ROLL_BACK)
def roll_back(
    application: str,
    environment: str,
    reason: str,
    version: str | None = None,
    by: str = "a person",
    dry_run: bool = False,
) -> State:
    """Go back to the newest good version with other content than what runs, or to a good version by name, and hold it.

    Also where the environment is frozen; the freeze stays.

    Args:
        application: Name of the Application block.
        environment: Name of the environment in headway.yaml.
        reason: Why, for those who find the hold.
        version: A version that passed its tests here; the newest other one where empty.
        by: Who asks, for those who find the hold.
        dry_run: Say what would be done, and change nothing.
    """
    tagging.by_place()
    needs_reason(reason, "roll-back")
    context = open_release(open_workspace(application, or_last_seen=True, dry_run=dry_run), environment)
    if not dry_run:
        cancellations.heed(context)
    look = context.observe(Look.WAY_BACK)
    seen = look.observation
    if not seen.reachable:
        raise Unreachable(
            f"its release record and history cannot be read: {seen.trouble}",
            where=f"{application} in {environment}",
            next_step="Nothing was written: roll back again when it answers.",
        )
    target = rollback_target.for_person(seen, version or None)
    found = context.images_of_target(rollback_target.locate(target, seen), look)
    if refusal := image_digests.refusal(found):
        raise Refused(
            f"{target.version} is not what passed its tests any more: {refusal}",
            where=str(context.ref),
            next_step=f"Nothing was written. {image_digests.NEXT_STEP}",
        )

    def hold(record: ReleaseRecord) -> ReleaseRecord:
        now_seen = replace(seen, record=record)
        target = rollback_target.for_person(now_seen, version or None)
        return rollback_target.hold(now_seen, target, by=by, why=reason, now=seen.now, run=context.run)

    after = context.update_record(hold)
    if dry_run:
        left = f"nothing up to {after.hold.not_above} would come back by itself" if after.hold else ""
        return dry_runs.ended(f"{target.version} would be held, and {left}. {dry_runs.of_release(context)}")
    return release_to(context)

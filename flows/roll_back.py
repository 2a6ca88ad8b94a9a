"""roll-back: a person goes back to a version that was good, and holds it there."""

from datetime import UTC, datetime

from prefect import flow
from prefect.client.schemas.objects import State

from blocks.opening import open_workspace
from flows.release import release_site
from headway.clients.release_site import ReleaseSite
from headway.decide import rollback_target
from headway.errors import BadInput


@flow(name="roll-back", flow_run_name="Roll {application} in {environment} back")
def roll_back(
    application: str, environment: str, reason: str, version: str | None = None, by: str = "a person"
) -> State:
    """Go back to the newest good version with other content than what runs, or to a good version by name, and hold it.

    Args:
        application: Name of the Application block.
        environment: Name of the environment in headway.yaml.
        reason: Why, for those who find the hold.
        version: A version that passed its tests here; the newest other one where empty.
        by: Who asks, for those who find the hold.
    """
    if not reason.strip():
        raise BadInput(
            "a reason is needed", where="roll-back", next_step="Say why, for those who find the hold."
        )
    site = ReleaseSite(open_workspace(application), environment)
    seen = site.observe(drift=False)
    target = rollback_target.for_person(seen.observation, version or None)
    record = rollback_target.hold(seen.observation, target, by=by, why=reason, now=datetime.now(UTC))
    site.write(record, seen.record_version)
    return release_site(site)

"""Adopt a release that was made by hand: its deployed revision becomes last good, because a person says so."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.decide.release.actions import Adopt
from headway.decide.release.results import ActionResult
from headway.workspace import release_actions
from headway.workspace.held_release import HeldRelease
from headway.workspace.release_context import Seen


@task(cache_policy=NO_CACHE, task_run_name="Adopt the release")
def adopt_release(held: HeldRelease, seen: Seen, action: Adopt) -> ActionResult:
    """Write the first entry of the record."""
    return release_actions.adopt(held, action, held.adopted(seen, action.deployed.revision))

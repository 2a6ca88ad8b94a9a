"""Unlock a release: a revision that a dead Helm left pending becomes failed, so that Helm goes on."""

from headway.decide.release.actions import Unlock
from headway.decide.release.results import ActionResult
from headway.workspace import release_actions
from headway.workspace.held_release import HeldRelease
from tasks.whole import whole_task


@whole_task("Unlock the release")
def unlock_release(held: HeldRelease, action: Unlock) -> ActionResult:
    """Mark the newest revision failed. Raises Conflict where its Helm was alive after all."""
    return release_actions.unlock(action, held.helm.mark_failed)

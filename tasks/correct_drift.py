"""Correct drift: what is deployed is applied once more, because live objects are not what it says."""

from headway.decide.release.actions import Correct
from headway.decide.release.results import ActionResult
from headway.workspace import release_actions
from headway.workspace.held_release import HeldRelease
from headway.workspace.release_context import Seen
from tasks.whole import whole_task


@whole_task("Correct the drift")
def correct_drift(held: HeldRelease, seen: Seen, action: Correct) -> ActionResult:
    """Nobody is asked: it is what was released and tested. A failure is written into the record, not raised.

    Raises Conflict where another Helm run came first, LeaseLost.
    """
    return release_actions.correct(held, action, seen.next_revision, lambda: held.apply_again(action, seen))

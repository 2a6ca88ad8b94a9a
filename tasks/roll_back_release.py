"""Roll a release back: to last good, to what a person named, or away, where a first install failed."""

from headway.decide.release.actions import RollBack
from headway.decide.release.results import ActionResult
from headway.workspace import release_actions
from headway.workspace.held_release import HeldRelease
from headway.workspace.release_context import Seen
from tasks.whole import whole_task


@whole_task("Roll the release back")
def roll_back_release(held: HeldRelease, seen: Seen, action: RollBack) -> ActionResult:
    """Go back. A failure is written into the record, not raised.

    Raises Conflict where another Helm run came first, LeaseLost.
    """
    return release_actions.roll_back(
        held,
        action,
        seen.next_revision,
        go_back=lambda target: held.go_back(target, seen),
        uninstall=lambda: held.uninstall(seen),
    )

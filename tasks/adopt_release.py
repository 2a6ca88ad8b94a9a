"""Adopt a release that was made by hand: ours from now on, and good once its tests have passed.

What it holds is not taken on trust: the package of that version is rendered and compared with what runs.
"""

import hashlib

from headway.decide.release.actions import Adopt
from headway.decide.release.findings import Compared
from headway.decide.release.observation import ReleaseFingerprint
from headway.decide.release.results import ActionResult
from headway.workspace import release_actions
from headway.workspace.held_release import HeldRelease
from headway.workspace.release_context import Seen
from tasks.diff_release import diff_release
from tasks.whole import whole_task


@whole_task("Adopt the release")
def adopt_release(held: HeldRelease, seen: Seen, action: Adopt, by: str) -> ActionResult:
    """Write into the record what runs, and who asked. What the package of that version would change is left as the plan.

    Raises BadInput where that package does not render here.
    """
    content, compared = _held_by(held, seen, action)
    return release_actions.adopt(held, action, content, compared, by=by)


def _held_by(held: HeldRelease, seen: Seen, action: Adopt) -> tuple[ReleaseFingerprint, Compared]:
    """Where no package tells, a digest of the manifest stands for it: going back is possible as long as Helm keeps it."""
    context, version = held.context, action.deployed.chart_version
    stored = seen.stored(action.deployed.revision)
    manifest = stored.manifest if stored else ""
    by_hand = ReleaseFingerprint(f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}", "", version)
    offered = context.workspace.chart_repository(context.environment_name).entries(
        context.workspace.chart_name
    )
    entry = next((each for each in offered if each.version == version), None)
    if entry is None:
        return by_hand, Compared(offered=False)
    content = context.read(entry)
    plan = diff_release(
        context,
        seen,
        entry,
        content,
        f"{version} was brought by hand. This is what the package would change.",
    ).plan
    if plan.changes:
        return by_hand, Compared(offered=True, changes=len(plan.changes))
    return held.fingerprint(content), Compared(offered=True)

"""Upgrade a release (or install it): the attempt is written first, then Helm runs with our watcher beside it."""

from dataclasses import replace

from headway.clients.helm.outcome import Outcome
from headway.decide.release.actions import Install, Upgrade
from headway.decide.release.results import ActionResult
from headway.decide.review.plan import Plan
from headway.errors import BadInput, Retryable
from headway.workspace import release_actions
from headway.workspace.held_release import HeldRelease
from headway.workspace.release_context import Seen
from tasks.collect_evidence import FailedRevision, begin_collecting
from tasks.diff_release import ReleaseDiff
from tasks.whole import whole_task


@whole_task("Upgrade the release")
def upgrade_release(
    held: HeldRelease, seen: Seen, action: Install | Upgrade, diff: ReleaseDiff, note: str = ""
) -> ActionResult:
    """Bring what is desired into the cluster. A failure is written into the record, not raised.

    `note`: who approved it, for Helm's history.

    Raises Conflict where another Helm run came first, LeaseLost.
    """
    # Before the first change the look had no stored key to digest the values with.
    action = replace(action, fingerprint=held.fingerprint(diff.content))

    refusal = _refusal(diff.plan)
    if isinstance(refusal, BadInput) and not seen.observation.was_good(action.fingerprint):
        return release_actions.refuse(held, action, str(refusal))

    def before_judgement(outcome: Outcome) -> None:
        failed = FailedRevision(
            outcome.revision,
            action.fingerprint.version,
            outcome.failure,
            outcome.cause,
            plan=diff.plan,
            secrets=diff.content.secrets,
        )
        begin_collecting(held, seen, failed)

    def deploy() -> Outcome:
        if refusal:
            raise refusal
        return held.deploy(diff.content, diff.rendered, seen, note=note, definitions=diff.definitions)

    return release_actions.upgrade(
        held, action, seen.next_revision, deploy, before_judgement=before_judgement
    )


def _refusal(plan: Plan) -> BadInput | Retryable | None:
    """What the API server would not take is not begun: hooks would have run, and half of it would be there."""
    where = f"{plan.after} in a dry run"
    if plan.refused:
        return BadInput("; ".join(plan.refused), where=where, next_step="Change the chart or its values.")
    if plan.hindered:
        return Retryable("; ".join(plan.hindered), where=where, next_step="It is tried again.")
    return None

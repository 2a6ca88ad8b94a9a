"""A release as headway.workspace.reconcile drives it: each action is a Prefect task, with its artifacts."""

from prefect.logging import get_run_logger

from flows.contexts import tell_drift
from headway.decide.release import approval
from headway.decide.release.actions import Accept, Adopt, Correct, Install, RollBack, Test, Unlock, Upgrade
from headway.decide.release.results import ActionResult
from headway.decide.review.plan import Plan
from headway.decide.review.removal import Answer, Question, needs_a_person
from headway.errors import Unreachable
from headway.workspace import release_actions
from headway.workspace.held_release import HeldRelease
from headway.workspace.release_context import Look, ReleaseContext, Seen
from tasks.adopt_release import adopt_release
from tasks.correct_drift import correct_drift
from tasks.diff_release import ReleaseDiff, diff_release
from tasks.roll_back_release import roll_back_release
from tasks.run_tests import run_tests
from tasks.unlock_release import unlock_release
from tasks.upgrade_release import upgrade_release


class Planner:
    """Plans what is desired, once for what is seen: the gate and the release share a pair of renders."""

    def __init__(self, context: ReleaseContext) -> None:
        self._context = context
        self._made: dict[tuple[str, str, tuple[int, ...]], ReleaseDiff] = {}

    def diff(self, seen: Seen, why: str) -> ReleaseDiff:
        """Raises what diff_release raises, and Unreachable where it is not known what is desired."""
        entry, content = seen.observation.desired, seen.content
        if entry is None or content is None:
            raise Unreachable(
                "what is desired is not known any more",
                where=str(self._context.ref),
                next_step="It is looked at again.",
            )
        revisions = tuple(each.revision for each in seen.history)
        key = (entry.digest, seen.observation.values_digest, revisions)
        if key not in self._made:
            self._made[key] = diff_release(self._context, seen, entry, content, why)
        return self._made[key]

    def diff_again(self, seen: Seen, why: str) -> ReleaseDiff:
        """Planned anew; else as `diff`."""
        self._made.clear()
        return self.diff(seen, why)

    def asks(self, diff: ReleaseDiff) -> Answer:
        """Whether a person has to approve it."""
        environment = self._context.environment
        plan = diff.plan
        return needs_a_person(
            Question(environment.gate, environment.removal, plan.removals, bool(plan.refused))
        )


class TaskedRelease:
    """See headway.workspace.reconcile.Release."""

    def __init__(self, held: HeldRelease, planner: Planner, *, adopt: bool, by: str) -> None:
        """`adopt`: `by` asks that what was made by hand becomes ours."""
        self._held = held
        self._planner = planner
        self._by = by
        self._look = Look.ADOPTION if adopt else Look.LEASE_HOLDER
        self._released: Plan | None = None
        self._told: set[str] = set()

    def observe(self) -> Seen:
        seen = self._held.context.observe(self._look)
        past = {each.why for each in self._held.context.helm.storage.passed_over.values()}
        for each in sorted(past - self._told):
            get_run_logger().warning("%s", each)
        self._told |= past
        return seen

    def install(self, seen: Seen, action: Install, why: str) -> ActionResult | None:
        return self._change(seen, action, why)

    def upgrade(self, seen: Seen, action: Upgrade, why: str) -> ActionResult | None:
        return self._change(seen, action, why)

    def test(self, seen: Seen, action: Test) -> ActionResult:
        return self._done(run_tests(self._held, seen, action, self._released))

    def roll_back(self, seen: Seen, action: RollBack) -> ActionResult:
        return self._done(roll_back_release(self._held, seen, action))

    def correct(self, seen: Seen, action: Correct) -> ActionResult:
        tell_drift(self._held.context, seen.observation)
        return self._done(correct_drift(self._held, seen, action))

    def unlock(self, seen: Seen, action: Unlock) -> ActionResult:  # noqa: ARG002
        return self._done(unlock_release(self._held, action))

    def adopt(self, seen: Seen, action: Adopt) -> ActionResult:
        return self._done(adopt_release(self._held, seen, action, self._by))

    def accept(self, seen: Seen, action: Accept) -> ActionResult:
        return self._done(release_actions.accept(self._held, action, seen.observation))

    def finish(self) -> None:
        self._held.evidence.end()

    def _change(self, seen: Seen, action: Install | Upgrade, why: str) -> ActionResult | None:
        diff = self._planner.diff(seen, why)
        if diff.plan.refused:
            # What bars a version is seen twice.
            diff = self._planner.diff_again(seen, why)
        given = approval.covers(seen.observation.record, action.fingerprint, diff.plan.keys)
        if given is None and self._planner.asks(diff).asks:
            return None
        self._released = diff.plan
        note = approval.in_words(given) if given else ""
        return self._done(upgrade_release(self._held, seen, action, diff, note))

    def _done(self, result: ActionResult) -> ActionResult:
        self._look = Look.AFTERWARDS
        return result

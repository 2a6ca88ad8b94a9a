"""The loop of a release: observe, name the state, choose one action, act, observe again."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from prefect.logging import get_run_logger

from headway.decide.release import action
from headway.decide.release.action import Action, Decision
from headway.decide.review.plan import Plan
from headway.workspace.release_context import ReleaseContext, Seen
from tasks.adopt_release import adopt_release
from tasks.diff_release import diff_release
from tasks.roll_back_release import roll_back_release
from tasks.run_tests import run_tests
from tasks.unlock_release import unlock_release
from tasks.upgrade_release import upgrade_release

CHANGES = frozenset({Action.INSTALL, Action.UPGRADE})
STILL = frozenset({Action.NOTHING, Action.WAIT})


@dataclass
class Pass:
    """What happened until there was nothing more to do."""

    seen: Seen
    decision: Decision
    """The last one: why nothing more is done now."""
    done: list[Action] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    waits_for_approval: bool = False

    @property
    def running(self) -> str:
        """Version that runs now; empty where nothing does."""
        content = self.seen.observation.running
        return content.version if content else ""

    @property
    def frozen(self) -> bool:
        """By Headway or a person; not by policy."""
        record = self.seen.observation.record
        return record is not None and record.freeze is not None


def decide(seen: Seen) -> Decision:
    return action.choose(seen.state, seen.observation)


def reconcile(context: ReleaseContext, approved: Iterable[str] | None, *, adopt: bool = False) -> Pass:
    """Act until what is seen asks for nothing more, each kind of action at most once; the tests once more after a rollback,
    since those of last good tell who is to blame.

    `approved`: keys of plans that may be applied; None where no approval is needed. After a rollback nothing new is
    released in the same pass. Raises LeaseLost, Conflict, Unreachable.
    """
    logger = get_run_logger()
    plan: Plan | None = None
    done: list[Action] = []
    said: list[str] = []
    while True:
        seen = context.observe(may_unlock=True, adopt=adopt)
        decision = decide(seen)
        logger.info("%s: %s. %s", seen.state.value, decision.action.value, decision.why)
        result = Pass(seen, decision, done, said)
        went_back = Action.ROLL_BACK in done and decision.action in CHANGES
        since = done[done.index(Action.ROLL_BACK) :] if Action.ROLL_BACK in done else done
        repeated = decision.action in (since if decision.action is Action.TEST else done)
        if decision.action in STILL or repeated or went_back:
            return result
        if decision.action in CHANGES:
            plan, rendered = diff_release(context, seen, decision.why)
            if approved is not None and plan.key not in approved:
                result.waits_for_approval = True
                return result
            sentence = upgrade_release(context, seen, plan, rendered)
        elif decision.action is Action.TEST:
            sentence = run_tests(context, seen, plan)
        elif decision.action is Action.ROLL_BACK:
            assert decision.target
            sentence = roll_back_release(context, seen, decision.target)
        elif decision.action is Action.UNLOCK:
            sentence = unlock_release(context, seen)
        else:
            sentence = adopt_release(context, seen)
        logger.info("%s", sentence)
        done.append(decision.action)
        said.append(sentence)

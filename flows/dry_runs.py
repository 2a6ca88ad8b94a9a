"""Dry runs: what a flow would do now is decided as ever and told; nothing is written but the plan, which its run leaves."""

from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.release_tasks import Planner
from flows.run_values import keep
from headway.decide.release import approval
from headway.decide.release.actions import Action, Install, Nothing, Upgrade, Wait, word
from headway.decide.release.decision import choose
from headway.decide.release.state import State as Named
from headway.decide.release.state import name
from headway.decide.review import plan_values
from headway.model import run_names
from headway.workspace.release_context import Look, ReleaseContext


def _begins(action: Action) -> str:
    match action:
        case Nothing():
            return "change nothing"
        case Wait():
            return "wait"
        case _:
            return f"begin with {word(action)}"


def ended(said: str = "") -> State:
    """The state that a dry run ends in."""
    return Completed(name=run_names.DRY_RUN, message=f"Nothing was changed. {said}".strip())


def of_release(context: ReleaseContext, *, adopt: bool = False) -> str:
    """What a release would begin with, and why; its plan is left as artifact where it would bring something in."""
    seen = context.observe(Look.ADOPTION if adopt else Look.DELIVERY)
    observation = seen.observation
    state = name(observation)
    if state is Named.UNKNOWN:
        return f"What a release would do is not known: {observation.trouble}"
    decision = choose(state, observation)
    said = f"{state.value}: a release would {_begins(decision.action)}. {decision.why}"
    if not isinstance(decision.action, Install | Upgrade):
        return said
    planner = Planner(context)
    diff = planner.diff(seen, decision.why)
    keep("plan", plan_values.values(diff.plan))
    asked = planner.asks(diff)
    given = approval.covers(observation.record, decision.action.fingerprint, diff.plan.keys)
    if given:
        return f"{said} {given.by} has approved it."
    return f"{said} A person would be asked because {asked.why}." if asked.asks else said

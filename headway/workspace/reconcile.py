"""The loop of a release: observe, name the state, choose one action, act, observe again.

It knows neither Prefect nor Helm: flows/ drives it over a cluster, each action a task; tests over a record, a history and
pods in memory.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar, assert_never

from headway.decide.release import sentences
from headway.decide.release.actions import (
    Accept,
    Adopt,
    Correct,
    Install,
    RollBack,
    Test,
    Unlock,
    Upgrade,
    word,
)
from headway.decide.release.decision import choose
from headway.decide.release.observation import Observation
from headway.decide.release.passes import Act, ReconcileResult, Stop, StopReason, next_step
from headway.decide.release.results import ActionResult
from headway.decide.release.state import name


class Seen(Protocol):
    """One look at a release, and whatever is needed to act on it."""

    @property
    def observation(self) -> Observation: ...


S = TypeVar("S", bound=Seen)


class Release(Protocol[S]):
    """A release whose lease is ours. Each action is called with the look that it was decided on."""

    def observe(self) -> S: ...

    def install(self, seen: S, action: Install, why: str) -> ActionResult | None:
        """None where it needs an approval that nobody has given: then nothing was changed."""

    def upgrade(self, seen: S, action: Upgrade, why: str) -> ActionResult | None:
        """As `install`."""

    def test(self, seen: S, action: Test) -> ActionResult: ...

    def roll_back(self, seen: S, action: RollBack) -> ActionResult: ...

    def correct(self, seen: S, action: Correct) -> ActionResult: ...

    def unlock(self, seen: S, action: Unlock) -> ActionResult: ...

    def adopt(self, seen: S, action: Adopt) -> ActionResult: ...

    def accept(self, seen: S, action: Accept) -> ActionResult: ...

    def finish(self) -> None:
        """Wait for what is done beside the actions."""


def reconcile(release: Release[S], tell: Callable[[str], None]) -> ReconcileResult:
    """Act until headway.decide.release.passes says stop. `tell` gets each decision and each result as a sentence.

    Raises what the actions raise: LeaseLost, Conflict, Unreachable.
    """
    try:
        return _reconcile(release, tell)
    finally:
        release.finish()


def _reconcile(release: Release[S], tell: Callable[[str], None]) -> ReconcileResult:
    done: list[Act] = []
    results: list[ActionResult] = []
    while True:
        seen = release.observe()
        state = name(seen.observation)
        decision = choose(state, seen.observation)
        tell(f"{state.value}: {word(decision.action)}. {decision.why}")
        step = next_step([each.action for each in done], decision.action)
        if isinstance(step, Stop):
            return ReconcileResult(seen.observation, decision, tuple(results), step.reason)
        result = _act(release, seen, step, decision.why)
        if result is None:
            return ReconcileResult(seen.observation, decision, tuple(results), StopReason.APPROVAL_NEEDED)
        tell(sentences.of_result(result))
        done.append(step)
        results.append(result)


def _act(release: Release[S], seen: S, step: Act, why: str) -> ActionResult | None:
    match step.action:
        case Install() as action:
            return release.install(seen, action, why)
        case Upgrade() as action:
            return release.upgrade(seen, action, why)
        case Test() as action:
            return release.test(seen, action)
        case RollBack() as action:
            return release.roll_back(seen, action)
        case Correct() as action:
            return release.correct(seen, action)
        case Unlock() as action:
            return release.unlock(seen, action)
        case Adopt() as action:
            return release.adopt(seen, action)
        case Accept() as action:
            return release.accept(seen, action)
        case _:
            assert_never(step.action)

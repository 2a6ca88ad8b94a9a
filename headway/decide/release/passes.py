"""When a pass over a release ends: the stop rule of the loop in headway.workspace.reconcile.

A pass acts until what is seen asks for nothing more, each kind of action at most once: what comes back at once would
come back for ever. But what was changed is tested, whatever was tested before; and after a rollback nothing new is released
in the same pass: the tests of last good tell who is to blame.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from headway.decide.release.actions import (
    Accept,
    Action,
    Adopt,
    Correct,
    Install,
    Nothing,
    RollBack,
    Test,
    Unlock,
    Upgrade,
    Wait,
)
from headway.decide.release.decision import Decision
from headway.decide.release.findings import SeenOnce
from headway.decide.release.observation import Observation
from headway.decide.release.results import ActionResult


class StopReason(StrEnum):
    """Why nothing more is done in this pass."""

    NOTHING_TO_DO = "NothingToDo"
    WAITING = "Waiting"
    """For a moment, or for others."""
    REPEATED = "Repeated"
    """It was done already in this pass."""
    WENT_BACK = "WentBack"
    """A rollback was made: what is to be released next is released by the next pass."""
    APPROVAL_NEEDED = "ApprovalNeeded"
    """What would change is not what a person approved."""


@dataclass(frozen=True, slots=True)
class Stop:
    reason: StopReason


@dataclass(frozen=True, slots=True)
class Act:
    action: Install | Upgrade | Test | RollBack | Correct | Unlock | Adopt | Accept


@dataclass(frozen=True, slots=True)
class ReconcileResult:
    """A pass that has ended: what was seen last, what it called for, and what had been done until then."""

    observation: Observation
    decision: Decision
    """Why nothing more is done now."""
    results: tuple[ActionResult, ...]
    stopped: StopReason

    @property
    def wants_another(self) -> bool:
        """Whether another pass follows at once: a version that failed once, and gave way to last good, is tried once more."""
        return any(isinstance(result.finding, SeenOnce) for result in self.results)


def next_step(done: Sequence[Action], action: Action) -> Stop | Act:
    """What comes after `done`, the actions of this pass in their order, when `action` is called for."""
    match action:
        case Wait():
            return Stop(StopReason.WAITING)
        case Install() | Upgrade() if _went_back(done):
            return Stop(StopReason.WENT_BACK)
        case Install() | Upgrade() | RollBack() | Correct() | Unlock() | Adopt() | Accept():
            return Stop(StopReason.REPEATED) if _has(done, action) else Act(action)
        case Test():
            return Stop(StopReason.REPEATED) if _has(_since_change(done), action) else Act(action)
        case Nothing():
            return Stop(StopReason.NOTHING_TO_DO)
        case _:
            assert_never(action)


def _has(done: Sequence[Action], action: Action) -> bool:
    return any(type(each) is type(action) for each in done)


def _went_back(done: Sequence[Action]) -> bool:
    return any(isinstance(each, RollBack) for each in done)


def _since_change(done: Sequence[Action]) -> Sequence[Action]:
    """The actions since the last one that changed what runs."""
    places = [
        place for place, each in enumerate(done) if isinstance(each, Install | Upgrade | RollBack | Correct)
    ]
    return done[places[-1] :] if places else done

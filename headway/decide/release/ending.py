"""How a run of the release flow ended, named after the last pass that did anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from headway.decide.release import sentences
from headway.decide.release.actions import Wait
from headway.decide.release.findings import GoesBack
from headway.decide.release.passes import ReconcileResult
from headway.decide.release.results import FAILED_TO_COME, ROLLED_BACK, Reason
from headway.decide.release.state import State, name

_AS_BEFORE = (State.IN_SYNC, State.HELD, State.ABSENT)


class Ending(StrEnum):
    """Names of the states that runs end in."""

    RELEASED = "Released"
    ROLLED_BACK = "Rolled back"
    REFUSED = "Refused"
    """What was to come was not let in; what ran before runs on."""
    IN_SYNC = "In sync"
    HELD = "Held"
    NOTHING_TO_RELEASE = "Nothing to release"
    """Nothing runs, and nothing is wanted yet."""
    DRIFTED = "Drifted"
    CORRECTED = "Corrected"
    """Live objects had drifted, and are what the release says again, and tested."""
    WAITING = "Waiting"
    FROZEN = "Frozen"
    UNMANAGED = "Unmanaged"
    FAILED = "Failed"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class End:
    ending: Ending
    failed: bool
    """The run is shown as failed: somebody should look."""
    went_back: bool
    version: str
    """What runs now; empty where nothing does."""
    message: str


def end(passes: Sequence[ReconcileResult], unfinished: Sequence[str] = ()) -> End:
    """`passes` of one run, at least one; `unfinished`: sentences on what a later look has to go on with."""
    last = next((each for each in reversed(passes) if each.results), passes[-1])
    said = [sentences.of_result(result) for each in passes for result in each.results]
    message = " ".join([*said, passes[-1].decision.why, *unfinished])
    running = last.observation.running
    ending, failed = _ending(last)
    went_back = ending is not Ending.FAILED and (
        any(result.reason in ROLLED_BACK for result in last.results) or _went_back_by_hand(last)
    )
    return End(ending, failed, went_back, running.version if running else "", message)


def _ending(last: ReconcileResult) -> tuple[Ending, bool]:
    observation, reasons = last.observation, {result.reason for result in last.results}
    if reasons & ROLLED_BACK:
        went_back_past = observation.hold is not None and observation.hold.past_freeze
        if observation.record is not None and observation.record.freeze is not None and not went_back_past:
            return Ending.FROZEN, True
        if name(observation) is State.FAILED:
            return Ending.FAILED, True
        # With a hold a person went back; unless something newer than what they left came, and failed.
        failed = any(isinstance(result.finding, GoesBack) for result in last.results)
        return Ending.ROLLED_BACK, failed or observation.hold is None
    if _went_back_by_hand(last) and observation.freeze is None:
        return Ending.ROLLED_BACK, False
    if reasons & FAILED_TO_COME and name(observation) in _AS_BEFORE:
        return Ending.REFUSED, True
    if {Reason.TEST_SUCCEEDED, Reason.CORRECTION_SUCCEEDED} <= reasons and observation.tested:
        return Ending.CORRECTED, False
    if Reason.TEST_SUCCEEDED in reasons and observation.tested:
        return Ending.RELEASED, False
    ending, failed = _of_state(name(observation), waits=isinstance(last.decision.action, Wait))
    return ending, failed or bool(observation.finding)


def _went_back_by_hand(last: ReconcileResult) -> bool:
    return last.observation.hold is not None and any(
        result.reason is Reason.ACCEPTED for result in last.results
    )


def _of_state(state: State, *, waits: bool) -> tuple[Ending, bool]:
    match state:
        case State.UNKNOWN:
            return Ending.UNKNOWN, True
        case State.FROZEN:
            return Ending.FROZEN, True
        case State.UNMANAGED:
            return Ending.UNMANAGED, True
        case State.FAILED:
            return Ending.FAILED, True
        case State.DRIFTED:
            return Ending.DRIFTED, False
        case State.LOCKED | State.UNTESTED | State.OUT_OF_SYNC:
            return Ending.WAITING, False
        case _ if waits:
            return Ending.WAITING, False
        case State.ABSENT:
            return Ending.NOTHING_TO_RELEASE, False
        case State.IN_SYNC:
            return Ending.IN_SYNC, False
        case State.HELD:
            return Ending.HELD, False
        case _:
            assert_never(state)

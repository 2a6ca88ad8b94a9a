"""What it means that a release run was cancelled, by the states that it has been in.

Whoever cancels a run that is at work, or about to be, stops the environment: nothing goes on or back until somebody says so.
Whoever cancels one that waits for an answer has not answered. What Prefect cancels by itself means nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from headway.decide.release import advice
from headway.model.record import ReleaseRecord
from headway.model.release_ref import ReleaseRef

CANCELLED = frozenset({"CANCELLING", "CANCELLED"})
_BY_PREFECT = ("Runner is shutting down.", "Deployment concurrency limit reached.")


class Cancellation(Enum):
    NONE = "none"
    """It crashed by itself, or Prefect ended it."""
    UNANSWERED = "unanswered"
    STOPS = "stops"


@dataclass(frozen=True, slots=True)
class RunState:
    """One state of a run, as Prefect has it."""

    type: str
    """Such as RUNNING, PAUSED, CANCELLING."""
    at: datetime
    message: str = ""


def of_run(states: Sequence[RunState]) -> Cancellation:
    """`states` in any order. A run that was killed after it was cancelled may end as Crashed."""
    in_order = sorted(states, key=lambda state: state.at)
    place = next((place for place, state in enumerate(in_order) if state.type in CANCELLED), None)
    if place is None or in_order[place].message in _BY_PREFECT:
        return Cancellation.NONE
    before = in_order[place - 1].type if place else ""
    return Cancellation.UNANSWERED if before == "PAUSED" else Cancellation.STOPS


def had_done_with(record: ReleaseRecord, package: str, run: str) -> bool:
    """Whether the run `run` of several environments had nothing left to stop in this one: what it was about, `package` (the start
    of a digest), has passed here in it, and it has begun nothing else since. No moments are compared: those of the record are of
    the clocks of workers, those of a run of Prefect's server."""
    last = next((each for each in record.attempts if each.run == run), None)
    return (
        bool(package)
        and last is not None
        and last.outcome == "passed"
        and last.chart_digest.removeprefix("sha256:").startswith(package)
    )


def stopped(place: ReleaseRef, environments: Sequence[str]) -> str:
    """What is said of a run whose cancellation has frozen those environments; `place` is one that it was about."""
    if not environments:
        return "It had done with all that it was about: nothing is frozen."
    if len(environments) == 1:
        place = replace(place, environment=environments[0])
        return f"{place} is frozen: {advice.release(place)} goes on."
    anywhere = replace(place, environment="ENVIRONMENT")
    frozen = ", ".join(environments)
    return f"{place.application} in {frozen} is frozen: {advice.release(anywhere)} goes on in one of them."

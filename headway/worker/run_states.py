"""What the states that a run has been in tell of the processes that have executed it."""

from collections.abc import Iterable
from itertools import dropwhile
from uuid import UUID

from prefect.client.schemas.objects import State, StateType


def begun_anew(states: Iterable[State], taken: UUID | None) -> bool:
    """Whether somebody has begun the run anew, or is to, since a worker took it in that state. Not where that is unknown.

    A process goes from Pending to Running; what is tried again in the same one goes from Scheduled to Running at once. So each
    Pending behind that is of another process.
    """
    in_order = sorted(states, key=lambda each: each.timestamp)
    later = dropwhile(lambda each: each.id != taken, in_order)
    since = [each.type for each in dropwhile(lambda each: not each.is_running(), later)]
    return StateType.PENDING in since or since[-1:] == [StateType.SCHEDULED]


def ended_before(states: Iterable[State]) -> State | None:
    """How the run had ended when somebody had it called Pending last; None where it was to begin."""
    before = sorted(states, key=lambda each: each.timestamp)[-2:-1]
    return before[0] if before and before[0].is_final() else None

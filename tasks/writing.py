"""A task that writes: in a dry run it ends at what it would write, and Prefect has it as neither failed nor done."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from prefect.client.schemas.objects import State
from prefect.states import Completed

from headway.errors import WouldChange
from headway.model import run_names
from tasks.whole import whole_task

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Would:
    said: WouldChange


def _would(ended: "State[_Would]") -> _Would:
    """What it holds: Prefect has wrapped it, where the task is one to it and no line of the log."""
    held = getattr(ended.data, "result", ended.data)
    assert isinstance(held, _Would)
    return held


def writing_task(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """`name`: of its runs. Its caller is raised WouldChange as ever."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def to_its_end(*given: P.args, **named: P.kwargs) -> R | State[_Would]:
            try:
                return function(*given, **named)
            except WouldChange as would:
                return Completed(name=run_names.DRY_RUN, data=_Would(would))

        made = whole_task(name)(to_its_end)

        @wraps(function)
        def called(*given: P.args, **named: P.kwargs) -> R:
            ended = made(*given, **named)
            if isinstance(ended, State):
                raise _would(ended).said
            return ended

        return called

    return decorate

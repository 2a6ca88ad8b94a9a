"""A task that writes: in a dry run it ends at what it would write, and in Prefect that is no failure."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from headway.errors import WouldChange
from tasks.whole import whole_task

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Would:
    said: WouldChange


def writing_task(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """`name`: of its runs. Its caller is raised WouldChange as ever."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def to_its_end(*given: P.args, **named: P.kwargs) -> R | _Would:
            try:
                return function(*given, **named)
            except WouldChange as would:
                return _Would(would)

        made = whole_task(name)(to_its_end)

        @wraps(function)
        def called(*given: P.args, **named: P.kwargs) -> R:
            ended = made(*given, **named)
            if isinstance(ended, _Would):
                raise ended.said
            return ended

        return called

    return decorate

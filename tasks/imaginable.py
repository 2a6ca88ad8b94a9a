"""A task that may come to what it would write: of a dry run that is how it ends, and in Prefect it has not failed."""

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


def imaginable_task(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
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

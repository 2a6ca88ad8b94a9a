"""Tasks that Prefect gives what they are given as it is.

Prefect looks for what other tasks gave in all parameters of a task, field by field and twice: of what a look has seen of a
release that is thousands of fields, a third of the processor time that a small release takes in Python. Nothing is found there:
no task is given what is still to come.
"""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE

P = ParamSpec("P")
R = TypeVar("R")


class _Given:
    """Not a dataclass: of those Prefect looks into the fields."""

    def __init__(self, positional: tuple[Any, ...], named: dict[str, Any]) -> None:
        self.positional = positional
        self.named = named


def whole_task(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """`name`: of its runs, with the parameters that it names in braces."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)

        def with_given(called: str, given: _Given) -> R:  # noqa: ARG001
            return function(*given.positional, **given.named)

        # Not by `wraps`: Prefect binds what it is called with to the signature that it finds.
        with_given.__name__, with_given.__qualname__ = function.__name__, function.__qualname__
        with_given.__doc__ = function.__doc__
        made = task(cache_policy=NO_CACHE, persist_result=False, task_run_name="{called}")(with_given)

        @wraps(function)
        def called(*given: P.args, **named: P.kwargs) -> R:
            bound = signature.bind(*given, **named)
            bound.apply_defaults()
            return made(name.format(**bound.arguments), _Given(given, named))

        return called

    return decorate

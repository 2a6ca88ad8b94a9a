"""Tasks that Prefect gives what they are given as it is.

Prefect looks for what other tasks gave in all parameters of a task, field by field and twice: of what a look has seen of a
release that is thousands of fields, a third of the processor time that a small release takes in Python. Nothing is found there:
no task is given what is still to come.

A run that does the same for many has lines of its log in the place of task runs, which would all be called alike: on one of them
Prefect's server spends what the API server spends on a dozen requests.
"""

import inspect
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect import task
from prefect._flow_run_suspension import raise_if_flow_run_suspension_requested
from prefect.cache_policies import NO_CACHE
from prefect.exceptions import MissingContextError
from prefect.logging import get_run_logger

P = ParamSpec("P")
R = TypeVar("R")


_AS_LINES: ContextVar[bool] = ContextVar("tasks are lines of the log", default=False)


@contextmanager
def as_lines() -> Iterator[None]:
    """Each task in this context, and in those that are copied from it, is a line of the run's log."""
    token = _AS_LINES.set(True)
    try:
        yield
    finally:
        _AS_LINES.reset(token)


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
            called_so = name.format(**bound.arguments)
            if _AS_LINES.get():
                return _as_line(called_so, lambda: function(*given, **named))
            return made(called_so, _Given(given, named))

        return called

    return decorate


def _as_line(name: str, do: Callable[[], R]) -> R:
    # As before a task: a run that was suspended at work ends here.
    raise_if_flow_run_suspension_requested()
    begun, ended = time.monotonic(), "broken off"
    try:
        done = do()
        ended = "done"
    finally:
        # As a task may be, also in no run at all.
        with suppress(MissingContextError):
            get_run_logger().info("%s: %s in %.1f s", name, ended, time.monotonic() - begun)
    return done

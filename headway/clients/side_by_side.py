"""The same work for many things at once, in threads: who asks, and until when an answer is waited for, holds in them as well."""

import contextvars
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
R = TypeVar("R")


def each(work: Callable[[A], R], things: Iterable[A], at_once: int) -> list[R]:
    """What `work` gives for each, in order. All are worked at before the first error is raised. One alone needs no thread."""
    wanted = [*things]
    if len(wanted) == 1:
        return [contextvars.copy_context().run(work, wanted[0])]
    with ThreadPoolExecutor(at_once) as pool:
        futures = [pool.submit(contextvars.copy_context().run, work, thing) for thing in wanted]
    return [future.result() for future in futures]

"""The same work for many things at once, in threads: who asks, and until when an answer is waited for, holds in them as well."""

import contextvars
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
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


def waves(
    work: Callable[[A], R], things: Iterable[A], at_once: int, quiet_seconds: float
) -> Iterator[list[tuple[A, R]]]:
    """What `work` gives for each thing, beside it, in order within a wave. One ends when nothing has come for so long: those that
    take no time go on together, and wait for none that hangs. One alone needs no thread."""
    wanted = [*things]
    if len(wanted) == 1:
        yield [(wanted[0], contextvars.copy_context().run(work, wanted[0]))]
        return
    with ThreadPoolExecutor(at_once) as pool:
        working: dict[Future[R], A] = {
            pool.submit(contextvars.copy_context().run, work, thing): thing for thing in wanted
        }
        while working:
            ready = wait(working, return_when=FIRST_COMPLETED).done
            while len(ready) < len(working):
                more = wait(working.keys() - ready, quiet_seconds, FIRST_COMPLETED).done
                if not more:
                    break
                ready |= more
            ended = [each for each in working if each in ready]
            yield [(working.pop(each), each.result()) for each in ended]

"""Work that may hang, done beside whoever asks for it: no process waits at its end for what has not ended."""

from collections import deque
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


def begun(works: Mapping[K, Callable[[], T]], at_once: int, name: str) -> "dict[K, Future[T]]":
    """What each gives, by the same key; so many `at_once`, in threads called `name`. What is cancelled is not begun any more."""
    futures: dict[K, Future[T]] = {key: Future() for key in works}
    left = deque((futures[key], work) for key, work in works.items())

    def run() -> None:
        while left:
            try:
                future, work = left.popleft()
            except IndexError:
                return
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - it is told to whoever asks for the result
                future.set_exception(error)

    for _ in range(min(at_once, len(works))):
        # A pool's threads are waited for as a process ends, whatever its pool was told.
        Thread(target=run, name=name, daemon=True).start()
    return futures

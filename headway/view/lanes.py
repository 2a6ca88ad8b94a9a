"""Room for work of its own for each cluster: one that hangs keeps the pages of no other waiting."""

import asyncio
import contextvars
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

from headway.view.told import Away

AT_ONCE = 8
"""Pages of one lane."""
WAITING = 32
"""That wait for their turn in one lane; more are told to come again."""
PATIENCE_SECONDS = 20.0
T = TypeVar("T")


class Lanes:
    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._pools: dict[Hashable, ThreadPoolExecutor] = {}
        self._inside: dict[Hashable, int] = {}
        self._lock = Lock()

    async def run(self, lane: Hashable, work: Callable[[], T], *, patient: bool = False) -> T:
        """What `work` returns. Away where it takes too long, or too many wait; `patient`: as long as it takes, for what
        changes something.
        """
        with self._lock:
            if self._inside.get(lane, 0) >= AT_ONCE + WAITING:
                raise _slow()
            self._inside[lane] = self._inside.get(lane, 0) + 1
            pool = self._pools.setdefault(
                lane, ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"lane {lane}")
            )
        future = pool.submit(contextvars.copy_context().run, work)
        future.add_done_callback(lambda _: self._left(lane))
        try:
            return await asyncio.wait_for(
                asyncio.wrap_future(future), timeout=None if patient else self._patience
            )
        except TimeoutError:
            future.cancel()
            raise _slow() from None

    def close(self) -> None:
        for each in self._pools.values():
            each.shutdown(wait=False, cancel_futures=True)

    def _left(self, lane: Hashable) -> None:
        with self._lock:
            self._inside[lane] -= 1


def _slow() -> Away:
    return Away("what this page is about takes long to answer", next_step="Try again in a minute.")

"""Room for work of its own for each system: one that hangs keeps the pages of no other waiting."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

from headway.view.told import Away

AT_ONCE = 8
"""Pages of one lane."""
WAITING = 32
"""That wait for their turn in one lane; more are told to come again."""
PATIENCE_SECONDS = 20.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lane:
    """The system that the pages of a lane read."""

    about: str
    """In words, such as "cluster production"."""
    acts: bool = False
    """A lane for what people do, beside that of the pages: it takes as long as it takes."""


class Lanes:
    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._pools: dict[Lane, ThreadPoolExecutor] = {}
        self._inside: dict[Lane, int] = {}
        self._lock = Lock()

    async def run(self, lane: Lane, work: Callable[[], T]) -> T:
        """What `work` returns. Away where it takes too long, or too many wait; of a lane that acts, as long as it takes."""
        with self._lock:
            if self._inside.get(lane, 0) >= AT_ONCE + WAITING:
                raise _slow(lane)
            self._inside[lane] = self._inside.get(lane, 0) + 1
            pool = self._pools.setdefault(
                lane, ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"lane {lane.about}")
            )
        future = pool.submit(contextvars.copy_context().run, work)
        future.add_done_callback(lambda _: self._left(lane))
        try:
            return await asyncio.wait_for(
                asyncio.wrap_future(future), timeout=None if lane.acts else self._patience
            )
        except TimeoutError:
            future.cancel()
            raise _slow(lane) from None

    def close(self) -> None:
        for each in self._pools.values():
            each.shutdown(wait=False, cancel_futures=True)

    def _left(self, lane: Lane) -> None:
        with self._lock:
            self._inside[lane] -= 1


def _slow(lane: Lane) -> Away:
    return Away("it takes long to answer", where=lane.about, next_step="Try again in a minute.")

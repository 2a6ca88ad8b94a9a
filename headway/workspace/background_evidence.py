"""Evidence of a failure, collected while the release goes back: that waits only until what it takes away has been read."""

import contextvars
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

READ_WITHIN = 5.0
"""Seconds that the way back waits at most."""


class BackgroundEvidence:
    """Collects in a thread of its own, one failure after the other."""

    def __init__(self) -> None:
        self._begun: list[tuple[Event, Future[None]]] = []
        self._pool: ThreadPoolExecutor | None = None

    def begin(self, collect: Callable[[Callable[[], None]], None]) -> None:
        """`collect` gets a function to call once it has read what the way back takes away. It must not raise."""
        self._pool = self._pool or ThreadPoolExecutor(1, "evidence")
        read, context = Event(), contextvars.copy_context()

        def run() -> None:
            try:
                context.run(collect, read.set)
            finally:
                read.set()

        self._begun.append((read, self._pool.submit(run)))

    def wait_until_read(self) -> None:
        for read, _ in self._begun:
            read.wait(READ_WITHIN)

    def end(self) -> None:
        """Wait until all evidence is collected."""
        if self._pool:
            self._pool.shutdown()
            self._pool = None
        begun, self._begun = self._begun, []
        for _, future in begun:
            future.result()

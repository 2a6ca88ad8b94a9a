"""How much of one host this process asks at once, whoever asks: one that is slow keeps its own waiting, and is not run over."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from headway.errors import Unreachable


class Turns:
    """Of each host, by its name; safe among threads."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._slots: dict[str, threading.BoundedSemaphore] = {}
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, host: str, deadline: float) -> Iterator[None]:
        """One of the questions that are under way at once. Unreachable where none has ended by `deadline`, of time.monotonic. No
        host at all (empty) is never waited for."""
        if not host:
            yield
            return
        with self._lock:
            slots = self._slots.setdefault(host, threading.BoundedSemaphore(self._at_once))
        if not slots.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise Unreachable(
                f"{self._at_once} requests are under way there, and none ends",
                where=host,
                next_step="It is tried again.",
            )
        try:
            yield
        finally:
            slots.release()

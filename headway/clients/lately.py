"""What several ask for at nearly the same time, read once for all of them: it is as new as what each would have read by itself,
but for a moment.
"""

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from headway.clients.clock import elapsing

_T = TypeVar("_T")


class Lately:
    """Safe among threads. What cannot be read is asked for again."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._read: dict[Hashable, tuple[Any, float]] = {}
        self._locks: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def read(self, what: Hashable, read: Callable[[], _T]) -> _T:
        """What `read` gives, or gave somebody who began to read within the last seconds. Who has waited for that in vain, since
        it was slow or failed, reads by itself, beside all others who have."""
        with self._lock:
            lock = self._locks.setdefault(what, threading.Lock())
        is_first = lock.acquire(blocking=False)
        if not is_first:
            lock.acquire()
        try:
            known = self._read.get(what)
            if known and elapsing() - known[1] <= self._seconds:
                found: _T = known[0]
                return found
            if is_first:
                return self._read_now(what, read)
        finally:
            lock.release()
        return self._read_now(what, read)

    def _read_now(self, what: Hashable, read: Callable[[], _T]) -> _T:
        begun = elapsing()
        found = read()
        self._read[what] = found, begun
        return found

    def forget(self) -> None:
        """Whoever asks from now on, it is read for them."""
        with self._lock:
            self._read, self._locks = {}, {}

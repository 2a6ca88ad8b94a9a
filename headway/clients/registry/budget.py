"""How much one registry is asked, so that a slow or busy one leaves the others alone, and is left alone when it says so."""

import threading
import time
from collections.abc import Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from headway.clients.turns import Turns
from headway.errors import Unreachable

AT_ONCE = 12
"""Requests that one process has under way at one registry."""
A_LOOK = 3000
"""Requests to one registry by one look, which may be as many again in each FILLED."""
FILLED = 300.0
"""Seconds in which a budget that was used up is whole again."""
PAUSES = 45.0
"""Seconds that one look waits because one registry asks it to, which may be as many again in each FILLED."""
ALONE = 900.0
"""Seconds for which a registry is left alone at most, whatever it asks for."""


class Budgets:
    """What all looks of a process share, by the registry's host; safe among threads. Moments are time.monotonic's."""

    def __init__(self) -> None:
        self._not_before: dict[tuple[str, Hashable], float] = {}
        self._turns = Turns(AT_ONCE)
        self._lock = threading.Lock()

    def not_before(self, host: str, who: Hashable) -> float:
        """When it may be asked again by `who`, the credentials: one account's limit is none of another's."""
        with self._lock:
            return self._not_before.get((host, who), 0.0)

    def leave_alone(self, host: str, who: Hashable, seconds: float) -> None:
        until = time.monotonic() + min(seconds, ALONE)
        with self._lock:
            self._not_before[host, who] = max(self._not_before.get((host, who), 0.0), until)

    def turn(self, host: str, deadline: float) -> AbstractContextManager[None]:
        """One of the requests that are under way at once. Unreachable where none has ended by `deadline`."""
        return self._turns.turn(host, deadline)


OF_THIS_PROCESS = Budgets()


@dataclass(slots=True)
class _Left:
    seen: float
    requests: float
    pauses: float


class Allowance:
    """What one look may ask of each registry, and wait for it; safe among threads."""

    def __init__(self) -> None:
        self._left: dict[str, _Left] = {}
        self._lock = threading.Lock()

    def take(self, host: str) -> None:
        """One request. Unreachable where there is none left."""
        with self._lock:
            left = self._of(host)
            if left.requests < 1:
                raise Unreachable(
                    f"one look has asked it {A_LOOK} times, which is enough",
                    where=host,
                    next_step="The next look goes on. A policy that fewer tags match asks less.",
                )
            left.requests -= 1

    def pause(self, host: str, seconds: float) -> bool:
        """Whether the look may wait that long once more; counted where it may."""
        with self._lock:
            left = self._of(host)
            if seconds > left.pauses:
                return False
            left.pauses -= seconds
            return True

    def _of(self, host: str) -> _Left:
        if host not in self._left:
            self._left[host] = _Left(time.monotonic(), A_LOOK, PAUSES)
        left, now = self._left[host], time.monotonic()
        part = (now - left.seen) / FILLED
        left.requests = min(A_LOOK, left.requests + part * A_LOOK)
        left.pauses = min(PAUSES, left.pauses + part * PAUSES)
        left.seen = now
        return left

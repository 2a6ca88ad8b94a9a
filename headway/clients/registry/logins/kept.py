"""Logins that somebody else gives, and that hold for a while."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from headway.formats.docker_config import Login

FRESH = 60.0
"""Seconds in which whoever gave a login would give the same again."""


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    login: Login | None = field(default=None, repr=False)
    since: float = 0.0
    until: float | None = None


class KeptLogins:
    """By whom they are for. Of those who want the same one at once, one asks and the others wait for it."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def of(self, key: str, ask: Callable[[], tuple[Login | None, float]]) -> Login | None:
        """`ask` gives a login, and for how many seconds it holds."""
        with self._lock:
            kept = self._kept.setdefault(key, _Kept())
        with kept.lock:
            if kept.until is None or kept.until <= time.monotonic():
                kept.login, seconds = ask()
                kept.since = time.monotonic()
                kept.until = kept.since + seconds
            return kept.login

    def forget(self, key: str) -> None:
        """It was refused; one that was given just now is not asked for again."""
        with self._lock:
            kept = self._kept.get(key)
            if kept and kept.since + FRESH <= time.monotonic():
                del self._kept[key]

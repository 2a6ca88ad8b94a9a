"""How many requests of a sender are heard: so many at once, and then so many a second."""

import time
from collections.abc import Callable


class Rates:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, sender: str, burst: int, rate: float) -> bool:
        """Count a request; False for one too many. Only known senders are counted, so that they are few."""
        now = self._clock()
        left, since = self._left.get(sender, (float(burst), now))
        left = min(float(burst), left + (now - since) * rate)
        self._left[sender] = (left - 1 if left >= 1 else left, now)
        return left >= 1

"""How long ago something was, for what the rest of the world counts as well: its time goes on while this machine sleeps."""

import sys
import time


def elapsing() -> float:
    """Seconds since some moment, those in which the machine was suspended among them.

    clock_gettime(2), CLOCK_BOOTTIME: Linux alone has it, and Python's monotonic clock stands still in a suspended machine.
    """
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()

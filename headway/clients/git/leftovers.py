"""What git leaves in a mirror where it is killed, or its disk is full: packs by halves, which fill that disk look by look, and a
lock that nobody gives back.
"""

import contextlib
import time
from pathlib import Path

_LOCKED_SECONDS = 10.0
"""A branch's place is written within milliseconds; whoever held the lock for longer is dead."""


def take_away(repository: Path, ref: str) -> None:
    """While nobody else fetches into it."""
    for pack in (repository / "objects" / "pack").glob("tmp_*"):
        with contextlib.suppress(OSError):
            pack.unlink()
    lock = repository / f"{ref}.lock"
    with contextlib.suppress(OSError):
        if time.time() - lock.stat().st_mtime > _LOCKED_SECONDS:
            lock.unlink()

"""The indexes that chart repositories gave last, on this machine: a look by another process asks only whether one has changed."""

import functools
from pathlib import Path

from headway.clients.remembered import Memory

LARGEST = 32 * 2**20
"""Bytes of an index that is kept: some fifty thousand versions."""


def memory() -> Memory:
    return _below(Path.home())


@functools.cache
def _below(home: Path) -> Memory:
    return Memory(home / ".cache" / "headway" / "charts", largest=LARGEST, in_memory=0)

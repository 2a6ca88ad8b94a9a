"""What belongs to one decision looks at an index once: it sees one state of it, and asks nobody whether that is the state still.

The decision ends in a write that happens over that state alone. Where others have written meanwhile it is looked at anew.
"""

import contextlib
from collections.abc import Iterator, MutableMapping
from contextvars import ContextVar
from typing import Any

_SEEN: ContextVar[MutableMapping[object, Any] | None] = ContextVar("_SEEN", default=None)


@contextlib.contextmanager
def one_look() -> Iterator[None]:
    """Also of threads that are begun within it by `side_by_side`. One within another is part of that."""
    if _SEEN.get() is not None:
        yield
        return
    token = _SEEN.set({})
    try:
        yield
    finally:
        _SEEN.reset(token)


def seen() -> MutableMapping[object, Any]:
    """By repository, what the look that goes on has seen; nothing that lasts where none does."""
    known = _SEEN.get()
    return {} if known is None else known

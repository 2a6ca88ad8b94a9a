"""What many looks beside each other read once for all of them, and until when one of them may go by it.

Two kinds. `once` is for what holds as long as the looks go on, such as a client. `glance` is for how the world was when somebody
first asked: that is enough to find that nothing is to be done. Whoever is about to write says so (`before_write`): what was
decided by a glance is then decided again, and from then on that look reads for itself.
"""

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from headway.errors import Conflict

_T = TypeVar("_T")


class Together:
    """Safe among threads: what two ask for at the same time is read once. What cannot be read is asked for again."""

    def __init__(self, places: int) -> None:
        self.places = places
        self._read: dict[Hashable, Any] = {}
        self._locks: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def once(self, what: Hashable, read: Callable[[], _T]) -> _T:
        with self._lock:
            lock = self._locks.setdefault(what, threading.Lock())
        with lock:
            if what not in self._read:
                self._read[what] = read()
            found: _T = self._read[what]
            return found


class _Glancing:
    """Of one look, in all its threads; or of a part of one."""

    def __init__(self) -> None:
        self.goes_on = True
        self.has_glanced = False


_TOGETHER: ContextVar[Together | None] = ContextVar("looking together", default=None)
_GLANCING: ContextVar[_Glancing | None] = ContextVar("glancing", default=None)


@contextmanager
def together(places: int = 1) -> Iterator[Together]:
    """For this context and those that are copied from it. `places`: about how many releases are looked at. Who looks together
    already goes on so."""
    if (found := _TOGETHER.get()) is not None:
        yield found
        return
    made = Together(places)
    token = _TOGETHER.set(made)
    try:
        yield made
    finally:
        _TOGETHER.reset(token)


def places() -> int:
    """How many are looked at beside each other; 1 where somebody looks alone."""
    found = _TOGETHER.get()
    return found.places if found else 1


def once(what: Hashable, read: Callable[[], _T]) -> _T:
    """What `read` gives: for all who look together, or anew where somebody looks alone."""
    found = _TOGETHER.get()
    return read() if found is None else found.once(what, read)


@contextmanager
def glancing() -> Iterator[None]:
    """One look that may go by what others have read, until it is about to write."""
    token = _GLANCING.set(_Glancing())
    try:
        yield
    finally:
        _GLANCING.reset(token)


@contextmanager
def deciding_apart() -> Iterator[None]:
    """A part of a look that decides and writes beside other parts, in a thread of its own: what one of them reads anew the others
    have not. A look of which a part may not go by glances any more may not either, as soon as that part has ended."""
    look = _GLANCING.get()
    if look is None or not look.goes_on:
        yield
        return
    part = _Glancing()
    part.has_glanced = look.has_glanced
    token = _GLANCING.set(part)
    try:
        yield
    finally:
        _GLANCING.reset(token)
        if part.has_glanced:
            look.has_glanced = True
        if not part.goes_on:
            look.goes_on = False


def glances() -> bool:
    look = _GLANCING.get()
    return look is not None and look.goes_on and _TOGETHER.get() is not None


def has_stopped() -> bool:
    """It began as one that may glance, and may not any more."""
    look = _GLANCING.get()
    return look is not None and not look.goes_on


def glance(what: Hashable, read: Callable[[], _T]) -> _T:
    """What `read` gave whoever asked first; anew for a look that does not glance."""
    look, found = _GLANCING.get(), _TOGETHER.get()
    if look is None or not look.goes_on or found is None:
        return read()
    look.has_glanced = True
    return found.once(("glance", what), read)


def stop_glancing() -> bool:
    """From now on this look reads for itself. True where it had gone by a glance until now: what it saw it reads again."""
    look = _GLANCING.get()
    if look is None or not look.goes_on:
        return False
    look.goes_on = False
    return look.has_glanced


def before_write(where: str) -> None:
    """Raises Conflict where what is about to be written was decided by a glance: the look is made again, and reads for itself."""
    if stop_glancing():
        raise Conflict(
            "it was decided by what was read for many at once",
            where=where,
            next_step="It is looked at again.",
        )

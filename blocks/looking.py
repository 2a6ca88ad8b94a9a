"""What many looks beside each other read once for all of them: the saved blocks, and one client for each way into a cluster.

Outside of `together` each look reads for itself.
"""

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from prefect.blocks.core import Block
from prefect.client.schemas.objects import BlockDocument

_T = TypeVar("_T")
_B = TypeVar("_B", bound=Block)


class _Together:
    """Safe among threads: what two ask for at the same time is read once."""

    def __init__(self, saved: Callable[[str], Iterable[BlockDocument]] | None) -> None:
        self.saved = saved
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

    def documents(
        self, slug: str, saved: Callable[[str], Iterable[BlockDocument]]
    ) -> Mapping[str, BlockDocument]:
        return self.once(("blocks", slug), lambda: {each.name or "": each for each in saved(slug)})


_TOGETHER: ContextVar[_Together | None] = ContextVar("looking together", default=None)


@contextmanager
def together(saved: Callable[[str], Iterable[BlockDocument]] | None = None) -> Iterator[None]:
    """For this context and those that are copied from it: what is read by `once` is as it was when it was first asked for.

    `saved`: the blocks of a kind, by its slug, with their secrets; None where few of many are asked for. Who looks together
    already goes on so."""
    if _TOGETHER.get():
        yield
        return
    token = _TOGETHER.set(_Together(saved))
    try:
        yield
    finally:
        _TOGETHER.reset(token)


def once(what: Hashable, read: Callable[[], _T]) -> _T:
    """What `read` gives: for all who look together, or anew where somebody looks alone."""
    looks = _TOGETHER.get()
    return read() if looks is None else looks.once(what, read)


def block(kind: type[_B], name: str) -> _B | None:
    """The saved block of that name; None where there is none."""
    looks = _TOGETHER.get()
    try:
        if looks is None or looks.saved is None:
            found = kind.load(name)
        else:
            document = looks.documents(kind.get_block_type_slug(), looks.saved).get(name)
            if document is None:
                return None
            found = kind._from_block_document(document)
    except ValueError:
        return None
    assert isinstance(found, kind)
    return found

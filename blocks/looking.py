"""What many looks beside each other read once for all of them: the saved blocks, and one client for each way into a cluster.

Outside of `together` each look reads for itself.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from prefect.blocks.core import Block
from prefect.client.schemas.objects import BlockDocument

from headway.clients import together as shared
from headway.clients.together import once

__all__ = ["block", "once", "together"]
_B = TypeVar("_B", bound=Block)
_Saved = Callable[[str], Iterable[BlockDocument]]
_SAVED: ContextVar[_Saved | None] = ContextVar("saved blocks", default=None)


@contextmanager
def together(saved: _Saved | None = None, *, places: int = 1) -> Iterator[None]:
    """For this context and those that are copied from it: what is read by `once` is as it was when it was first asked for.

    `saved`: the blocks of a kind, by its slug, with their secrets; None where few of many are asked for. `places`: about how
    many releases are looked at. Who looks together already goes on so."""
    token = _SAVED.set(_SAVED.get() or saved)
    try:
        with shared.together(places):
            yield
    finally:
        _SAVED.reset(token)


def block(kind: type[_B], name: str) -> _B | None:
    """The saved block of that name; None where there is none."""
    saved = _SAVED.get()
    if saved is None:
        try:
            found = kind.load(name)
        except ValueError:
            return None
        assert isinstance(found, kind)
        return found
    document = _documents(kind.get_block_type_slug(), saved).get(name)
    # Not what kind.load makes a block with: that sends Prefect an event for each, which took longer than to look at many places.
    return kind.model_validate(document.data) if document else None


def _documents(slug: str, saved: _Saved) -> Mapping[str, BlockDocument]:
    """By name."""
    return once(("blocks", slug), lambda: {each.name or "": each for each in saved(slug)})

"""What many looks beside each other read once for all of them: the saved blocks, and one client for each way into a cluster.

Outside of `together` each look reads for itself.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from prefect import get_client
from prefect.blocks.core import Block
from prefect.client.schemas.objects import BlockDocument
from prefect.exceptions import ObjectNotFound
from pydantic import ValidationError

from headway.clients import together as shared
from headway.clients.together import once
from headway.errors import BadInput

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
    """The saved block of that name; None where there is none. Raises BadInput where it was saved without what it needs now.

    Not by kind.load: that sends Prefect an event for each, which took longer than to look at many places."""
    saved, slug = _SAVED.get(), kind.get_block_type_slug()
    document = _read(slug, name) if saved is None else _documents(slug, saved).get(name)
    if document is None:
        return None
    try:
        return kind.model_validate(document.data)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        # Not with what was found there, which may be secret.
        raise BadInput(
            f"it does not hold what is needed: {wrong}",
            where=f"Prefect block {slug}/{name}",
            next_step="Correct it, and save it again.",
        ) from None


def _read(slug: str, name: str) -> BlockDocument | None:
    with get_client(sync_client=True) as client:
        try:
            return client.read_block_document_by_name(name, slug)
        except ObjectNotFound:
            return None


def _documents(slug: str, saved: _Saved) -> Mapping[str, BlockDocument]:
    """By name."""
    return once(("blocks", slug), lambda: {each.name or "": each for each in saved(slug)})

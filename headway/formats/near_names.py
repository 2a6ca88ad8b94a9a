"""What somebody may have meant by a key that there is not: the keys that there are in its place, by the model of the file."""

import difflib
import types
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

UNKNOWN_KEY = "unknown key"
_NEAR = 0.7
"""Of difflib: `gaet` is near `gate` (0.75), `colour` is not `cluster` (0.62)."""


def unknown_key(path: tuple[str, ...], model: type[BaseModel]) -> str:
    """Of the key at `path` that `model` does not have: "unknown key", and the one that is written nearly so, if there is one."""
    return unknown(path[-1], keys_at(path[:-1], model)) if path else UNKNOWN_KEY


def unknown(key: str, known: Collection[str]) -> str:
    return f"{UNKNOWN_KEY}{meant(key, known)}"


def meant(written: str, known: Collection[str]) -> str:
    """The end of a sentence that refuses `written`: the one of `known` that is written nearly so, if there is one.

    Empty where `written` is known itself: then it was meant, and something else of it is not there.
    """
    if written in known:
        return ""
    near = difflib.get_close_matches(written.lower(), sorted(known), n=1, cutoff=_NEAR)
    return f"; did you mean {near[0]}?" if near else ""


def keys_at(path: tuple[str, ...], model: type[BaseModel]) -> frozenset[str]:
    """The keys of the mapping at `path`, as people write them; empty where its keys are names of their choice."""
    found: list[Any] = [model]
    for part in path:
        found = [below for each in found for below in _below(each, part)]
    return frozenset(
        field.alias or name for each in found if _is_model(each) for name, field in each.model_fields.items()
    )


def _below(kind: Any, part: str) -> Iterator[Any]:
    """What stands below the key, or at the place, `part`."""
    if _is_model(kind):
        fields = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
        if part in fields:
            yield from _parts(fields[part])
    elif isinstance(origin := get_origin(kind), type):
        if issubclass(origin, Mapping):
            yield from _parts(get_args(kind)[1])
        elif issubclass(origin, tuple):
            yield from _parts(get_args(kind)[0])


def _parts(annotation: Any) -> Iterator[Any]:
    """A type without what is said of it beside, each of several."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for each in get_args(annotation):
            yield from _parts(each)
    else:
        yield annotation


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)

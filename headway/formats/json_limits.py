"""JSON that others wrote, read within limits: what is nested without end, and half a character, are errors like any other."""

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

DEPTH = 200
"""Levels of lists and objects."""
VALUES = 5_000_000
"""Values and keys, counted by what parts them, in texts as well: three bytes, `{},`, become seventy in memory."""


def load(data: str | bytes) -> Any:
    """Raises ValueError for what is no JSON, is nested deeper, holds more values, or text that cannot be written as UTF-8."""
    check_values(data)
    with without_collections():
        try:
            # json's own decoding of bytes lets half a character pass.
            document = json.loads(data.decode() if isinstance(data, bytes) else data)
        except RecursionError as error:
            raise ValueError(f"it is nested deeper than {DEPTH} levels") from error
        _measure(document)
    if _may_hold_a_surrogate(data):
        # UnicodeEncodeError is a ValueError as well.
        json.dumps(document, ensure_ascii=False).encode()
    return document


def check_values(data: str | bytes) -> None:
    """Raises ValueError where it holds too many, for what is not read at once."""
    if _parts(data) > VALUES:
        raise ValueError(f"it holds more than {VALUES} values")


@contextmanager
def without_collections() -> Iterator[None]:
    """Nothing of what is read is garbage, and to find that out again and again takes as long as reading."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _parts(data: str | bytes) -> int:
    if isinstance(data, bytes):
        return sum(map(data.count, (b",", b":", b"[", b"{")))
    return sum(map(data.count, (",", ":", "[", "{")))


def _may_hold_a_surrogate(data: str | bytes) -> bool:
    return (b"\\u" in data) if isinstance(data, bytes) else ("\\u" in data or not data.isascii())


def _measure(document: Any) -> None:
    level = [document]
    for _ in range(DEPTH):
        level = [
            inner
            for each in level
            if isinstance(each, (dict, list))
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    raise ValueError(f"it is nested deeper than {DEPTH} levels")

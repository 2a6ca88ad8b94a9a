"""What senders of hints wrote, asked for by key: whatever stands there is a text, a mapping, a list, or nothing at all."""

from collections.abc import Iterator, Mapping
from typing import Any

TEXT_LIMIT = 1024
"""Characters of a name or an address."""


def text(value: Any, *keys: str) -> str:
    """What stands there; empty for what is no text, is too long, or holds what no name may."""
    found = _at(value, keys)
    sound = isinstance(found, str) and len(found) <= TEXT_LIMIT and found.isprintable() and " " not in found
    return found if sound else ""


def mapping(value: Any, *keys: str) -> Mapping[str, Any]:
    found = _at(value, keys)
    return found if isinstance(found, dict) else {}


def mappings(value: Any, *keys: str) -> Iterator[Mapping[str, Any]]:
    """Those of a list; none where it is no list."""
    found = _at(value, keys)
    for each in found if isinstance(found, list) else ():
        if isinstance(each, dict):
            yield each


def texts(value: Any, *keys: str) -> Iterator[str]:
    """Those of a list, or the keys of a mapping."""
    found = _at(value, keys)
    for each in found if isinstance(found, (list, dict)) else ():
        if sound := text({"": each}, ""):
            yield sound


def _at(value: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value

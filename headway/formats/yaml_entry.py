"""One entry of a file's top-level mapping, where it can be read alone: the events of a whole file cost ten times what libyaml
takes to look it through without telling them.

A file may be cut where each entry begins if

- every line whose first character is no space is empty, a comment, an item of a list, or begins with a plain key and its colon;
  the first of them, comments aside, with a key; all lines end as every reader of YAML ends them;
- libyaml reads the file with a document marker put before each of those keys.

A marker at the beginning of a line is an error inside of quotes and brackets, so no key stands in them. The text of a block (`|`,
`>`) stands further in, and a plain scalar goes on further in; directives, anchors, tags and quotes begin no line. So at each key
the parser has come back to the top-level mapping, and reads the entry as it reads it alone, in a document of its own, which it
just did. Plain keys have no other spelling: those that are equal have equal characters.
"""

import re
import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

import yaml

from headway.formats import yaml_limits

REMEMBERED = 2**24
"""Characters of texts that are not looked through again."""
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_./-]*"
_KEY = re.compile(rf"{_NAME}\Z", re.ASCII)
_LONGEST_KEY = 128
_ODD_BREAKS = ("\x85", "\u2028", "\u2029")
_ODD_LINE = re.compile(rf"\n(?!{_NAME}:(?:[ \r\n]|\Z)|[ #\r\n]|-[ \r\n]|\Z)", re.ASCII)
_BEGINS = re.compile(r"\n(?=[A-Za-z0-9_])", re.ASCII)
_FIRST = re.compile(r"(?:\n *(?:#[^\n]*|\r)?)*\n(?=[A-Za-z0-9_])", re.ASCII)
_ENTRY = re.compile(rf"\n({_NAME}):", re.ASCII)
"""These are of a text with a line break before it."""
Bounds = Mapping[str, tuple[int, int]]


class _Cut(NamedTuple):
    """Where a text may be cut."""

    bounds: Bounds
    """Of the text that it was edited from."""
    moves: tuple[tuple[int, int], ...] = ()
    """By those edits: where the entry begins, and so many characters more."""

    def of(self, key: str) -> tuple[int, int] | None:
        found = self.bounds.get(key)
        if found is None:
            return None
        begins, ends = found
        for start, more in self.moves:
            begins, ends = begins + more * (begins > start), ends + more * (ends > start)
        return begins, ends


_texts: OrderedDict[str, _Cut | None] = OrderedDict()
"""None for one that may not be cut."""
_lock = threading.Lock()
_looking = threading.Lock()
"""One looks a text through, which keeps all other threads waiting anyway; who wants the same one finds it done."""


def bounds(text: str, key: str) -> tuple[int, int] | None:
    """Where the entry of a top-level key begins and ends. None where the text may not be cut, or has it not once."""
    if len(key) > _LONGEST_KEY or not _KEY.match(key) or (cut := _cut(text)) is None:
        return None
    return cut.of(key)


def edited(text: str, start: int, before: int, part: str) -> str:
    """A text that may be cut with another `part` in the place of `before` characters of one entry, which begins at `start`. The
    part is an entry, too, that was read; what comes of it may be cut as well."""
    result = text[:start] + part + text[start + before :]
    with _lock:
        known = _texts.get(text)
    if known and _is_even(f"\n{part}"):
        _remember(result, _Cut(known.bounds, (*known.moves, (start, len(part) - before))))
    return result


def _cut(text: str) -> _Cut | None:
    with _looking:
        with _lock:
            if text in _texts:
                _texts.move_to_end(text)
                return _texts[text]
        lines = f"\n{text}"
        may_be_cut = _is_even(lines) and bool(_FIRST.match(lines)) and _is_read_in_parts(lines)
        found = _Cut(_bounds(text)) if may_be_cut else None
        _remember(text, found)
        return found


def _bounds(text: str) -> Bounds:
    """Of keys that stand there once."""
    found = [(each[1], each.start()) for each in _ENTRY.finditer(f"\n{text}")]
    times = Counter(key for key, _ in found)
    ends = [*(start for _, start in found[1:]), len(text)]
    return {key: (start, end) for (key, start), end in zip(found, ends, strict=True) if times[key] == 1}


def _is_even(lines: str) -> bool:
    odd = any(each in lines for each in _ODD_BREAKS) or lines.count("\r") != lines.count("\r\n")
    return not odd and not _ODD_LINE.search(lines)


def _is_read_in_parts(lines: str) -> bool:
    try:
        return yaml_limits.is_read(_BEGINS.sub("\n---\n", lines))
    except yaml.YAMLError:
        return False


def _remember(text: str, found: _Cut | None) -> None:
    with _lock:
        _texts[text] = found
        _texts.move_to_end(text)
        room = REMEMBERED - sum(map(len, _texts))
        while room < 0:
            room += len(_texts.popitem(last=False)[0])

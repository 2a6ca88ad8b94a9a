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
from collections import OrderedDict

import yaml

from headway.formats import yaml_limits

REMEMBERED = 2**24
"""Characters of texts that may be cut, which are not looked through again."""
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_./-]*"
_KEY = re.compile(rf"{_NAME}\Z", re.ASCII)
_LONGEST_KEY = 128
_ODD_BREAKS = ("\x85", "\u2028", "\u2029")
_ODD_LINE = re.compile(rf"\n(?!{_NAME}:(?:[ \r\n]|\Z)|[ #\r\n]|-[ \r\n]|\Z)", re.ASCII)
_BEGINS = re.compile(r"\n(?=[A-Za-z0-9_])", re.ASCII)
_FIRST = re.compile(r"(?:\n *(?:#[^\n]*|\r)?)*\n(?=[A-Za-z0-9_])", re.ASCII)
"""These are of a text with a line break before it."""
_texts: OrderedDict[str, None] = OrderedDict()
_lock = threading.Lock()


def bounds(text: str, key: str) -> tuple[int, int] | None:
    """Where the entry of a top-level key begins and ends. None where the text may not be cut, or has it not once."""
    if not _is_plain(key) or not _may_be_cut(text):
        return None
    lines, line = f"\n{text}", f"\n{key}:"
    start = lines.find(line)
    if start < 0 or lines.find(line, start + 1) >= 0:
        return None
    following = _BEGINS.search(lines, start + 1)
    return start, following.start() if following else len(text)


def edited(text: str, start: int, before: int, part: str) -> str:
    """A text that may be cut with another `part` in the place of `before` characters of one entry, which begins at `start`. The
    part is an entry, too, that was read; what comes of it may be cut as well."""
    result = text[:start] + part + text[start + before :]
    if _is_even(f"\n{part}"):
        _remember(result)
    return result


def _is_plain(key: str) -> bool:
    return len(key) <= _LONGEST_KEY and bool(_KEY.match(key))


def _may_be_cut(text: str) -> bool:
    with _lock:
        if text in _texts:
            _texts.move_to_end(text)
            return True
    lines = f"\n{text}"
    if not (_is_even(lines) and _FIRST.match(lines) and _is_read_in_parts(lines)):
        return False
    _remember(text)
    return True


def _is_even(lines: str) -> bool:
    odd = any(each in lines for each in _ODD_BREAKS) or lines.count("\r") != lines.count("\r\n")
    return not odd and not _ODD_LINE.search(lines)


def _is_read_in_parts(lines: str) -> bool:
    try:
        return yaml_limits.is_read(_BEGINS.sub("\n---\n", lines))
    except yaml.YAMLError:
        return False


def _remember(text: str) -> None:
    with _lock:
        _texts[text] = None
        _texts.move_to_end(text)
        room = REMEMBERED - sum(map(len, _texts))
        while room < 0:
            room += len(_texts.popitem(last=False)[0])

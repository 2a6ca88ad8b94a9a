"""Replaces one scalar of a YAML file: people's comments, order, quotes and line ends are theirs.

Loading and dumping would rewrite the file; here the parser only says where the scalar stands.
"""

import contextlib
import functools
import re
from collections.abc import Iterator
from typing import NoReturn

import yaml

from headway.errors import BadInput
from headway.formats import yaml_entry, yaml_source
from headway.formats.yaml_quoted import quoted

_SMALL = 4096
"""Characters."""
_BOM = "\ufeff"
_WORDS = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n"])
_PLAIN_STRING = re.compile(r"[A-Za-z].*|[0-9]+(\.[0-9]+){2}(-.*)?")


def read_scalar(text: str, path: tuple[str, ...], file: str) -> str:
    """The characters of the scalar at `path` ("" for an empty one), whatever type a loader would make of
    them.

    `path` holds mapping keys, and positions ("0") in sequences. Raises BadInput as `splice` does.
    """
    return _found(text.removeprefix(_BOM), path, file)[0].value


def splice(text: str, path: tuple[str, ...], value: str, file: str) -> str:
    """`text` with the scalar at `path` replaced by `value`, double-quoted; every other character stays.

    A scalar that already is this value stays as it is written, unless Helm might read it as something else
    than a string (`1e3`, `0o17`, `on`). Raises BadInput naming file and line for a missing path, an alias
    or anchor on the way, a collection or block scalar at its end, a key that stands twice, several
    documents, malformed YAML.
    """
    mark = _BOM if text.startswith(_BOM) else ""
    body = text.removeprefix(_BOM)
    scalar, at = _found(body, path, file)
    if scalar.value == value and _is_surely_a_string(scalar):
        return text
    part = body if at is None else body[slice(*at)]
    start, end = yaml_source.span(scalar)
    gap = " " if start == end and part[start - 1 : start] == ":" else ""
    result = part[:start] + gap + quoted(value, file) + part[end:]
    if (start == end or at) and not _holds(result, path, value, file):
        raise BadInput(
            f"{'.'.join(path)} cannot be replaced where it stands",
            where=f"{file}:{yaml_source.line(scalar) + (body.count(chr(10), 0, at[0]) if at else 0)}",
            next_step="Write it as a quoted string on a line of its own.",
        )
    return mark + (yaml_entry.edited(body, at[0], len(part), result) if at else result)


def _found(text: str, path: tuple[str, ...], file: str) -> tuple[yaml.ScalarEvent, tuple[int, int] | None]:
    """The scalar, and the part of the text that it was found in where that was not all of it."""
    at = yaml_entry.bounds(text, path[0]) if path else None
    if at:
        # What is wrong in it is said with the line that it has in the whole.
        with contextlib.suppress(BadInput):
            part = text[slice(*at)]
            return (_remembered if len(part) <= _SMALL else _scalar)(part, path, file), at
    return _Search(text, path, file).scalar(), None


def _scalar(text: str, path: tuple[str, ...], file: str) -> yaml.ScalarEvent:
    return _Search(text, path, file).scalar()


_remembered = functools.lru_cache(2048)(_scalar)
"""Of small entries: each commit of a history has nearly all of those that the one before has."""


def _holds(text: str, path: tuple[str, ...], value: str, file: str) -> bool:
    """As it was written, and not swallowed by a comment."""
    try:
        found = _Search(text, path, file).scalar()
    except BadInput:
        return False
    return found.value == value and found.style == '"'


def _is_surely_a_string(scalar: yaml.ScalarEvent) -> bool:
    if scalar.tag not in (None, "!", "tag:yaml.org,2002:str"):
        return False
    if scalar.style in ("'", '"'):
        return True
    return bool(_PLAIN_STRING.fullmatch(scalar.value)) and scalar.value.lower() not in _WORDS


class _Search:
    """One walk over the parser's events, which ends at the scalar of `path` or in BadInput."""

    def __init__(self, text: str, path: tuple[str, ...], file: str) -> None:
        self.path = path
        self.file = file
        self.events: Iterator[yaml.Event] = yaml_source.events(text, file)

    def scalar(self) -> yaml.ScalarEvent:
        next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            self.fail(None, "the file is empty")
        found = self.enter(next(self.events), 0)
        next(self.events)
        extra = next(self.events)
        if isinstance(extra, yaml.DocumentStartEvent):
            self.fail(extra, "the file holds several documents")
        return found

    def enter(self, event: yaml.Event, depth: int) -> yaml.ScalarEvent:
        if isinstance(event, yaml.AliasEvent):
            self.fail(
                event, f"{self.name(depth)} is an alias (*{event.anchor}), so its value stands elsewhere"
            )
        if getattr(event, "anchor", None):
            self.fail(event, f"{self.name(depth)} has an anchor, so other places would change with it")
        if depth == len(self.path):
            return self.end(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(event, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(event, depth)
        return self.fail(
            event, f"{self.name(depth)} is not a mapping; there is no {self.name(len(self.path))}"
        )

    def end(self, event: yaml.Event) -> yaml.ScalarEvent:
        if not isinstance(event, yaml.ScalarEvent):
            self.fail(event, f"{self.name(len(self.path))} is not a scalar")
        if event.style in ("|", ">"):
            self.fail(event, f"{self.name(len(self.path))} is a block scalar ({event.style})")
        return event

    def mapping(self, start: yaml.Event, depth: int) -> yaml.ScalarEvent:
        found: yaml.ScalarEvent | None = None
        merged = False
        while not isinstance(key := next(self.events), yaml.MappingEndEvent):
            name = key.value if isinstance(key, yaml.ScalarEvent) else None
            if name == self.path[depth]:
                if found:
                    self.fail(key, f"{self.name(depth + 1)} stands twice")
                found = self.enter(next(self.events), depth + 1)
                continue
            merged = merged or name == "<<"
            self.skip(key)
            self.skip(next(self.events))
        if found is None:
            hint = " (it may come from a merge key, <<, which is not followed)" if merged else ""
            self.fail(start, f"there is no {self.name(depth + 1)}{hint}")
        return found

    def sequence(self, start: yaml.Event, depth: int) -> yaml.ScalarEvent:
        found: yaml.ScalarEvent | None = None
        position = 0
        while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
            if str(position) == self.path[depth]:
                found = self.enter(item, depth + 1)
            else:
                self.skip(item)
            position += 1
        if found is None:
            self.fail(start, f"{self.name(depth)} is a list without item {self.path[depth]!r}")
        return found

    def skip(self, event: yaml.Event) -> None:
        depth = 0
        while True:
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth == 0:
                return
            event = next(self.events)

    def name(self, depth: int) -> str:
        return ".".join(self.path[:depth]) or "the file"

    def fail(self, event: yaml.Event | None, what: str) -> NoReturn:
        where = f"{self.file}:{yaml_source.line(event)}" if event else self.file
        raise BadInput(
            what, where=where, next_step=f"Write {self.name(len(self.path))} there as one quoted string."
        )

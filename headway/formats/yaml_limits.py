"""YAML that others wrote, read within limits: deep nesting would end the process, a few aliases fill its memory.

Every reader of YAML loads through here. What is beyond a limit is a YAMLError that names it, as all that cannot be read is.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.constructor import ConstructorError

DEPTH = 100
"""Levels of collections, counted with what aliases stand for."""
BRACKETS = 1000
"""Opened in a text: so few may lie in one another, a file of them takes seconds."""
PASSES = 3
_PAIR = re.compile(r"""[\[{][^\[\]{}"'#!]*[\]}]""")


@dataclass(frozen=True, slots=True)
class Limits:
    size: int
    """Bytes; of text, characters."""
    nodes: int
    """Scalars and collections of one document, counted as often as aliases repeat them."""


DECLARATION = Limits(2**20, 10_000)
"""Of headway.yaml, whose parts are held against each other."""
FILE = Limits(5 * 2**20, 250_000)
"""Of one file of a repository or chart, which Helm does not take above 5 MiB either."""
MANIFESTS = Limits(64 * 2**20, 1_000_000)
INDEX = Limits(200 * 2**20, 2_000_000)


class BeyondLimits(yaml.MarkedYAMLError):
    """It may be YAML, but more of it than is read here."""


class _Counting:
    """Part of a loader, which is asked for each node. Whatever cannot be read is a YAMLError, also a tag that does not fit."""

    limits = FILE
    _depth = 0
    _nodes = 0

    def descend_resolver(self, current_node: yaml.Node | None, current_index: Any) -> None:  # noqa: ARG002
        """Called for every node that is begun, before what is in it is read."""
        self._depth += 1
        self._nodes += 1
        mark = current_node.start_mark if current_node else None
        if self._depth > DEPTH:
            raise BeyondLimits(None, None, f"it is nested deeper than {DEPTH} levels", mark)
        if self._nodes > self.limits.nodes:
            raise BeyondLimits(None, None, f"it holds more than {self.limits.nodes} values", mark)

    def ascend_resolver(self) -> None:
        self._depth -= 1

    def construct_document(self, node: yaml.Node) -> Any:
        return constructed(super().construct_document, node)  # type: ignore[misc]


class SafeLoader(_Counting, yaml.CSafeLoader):
    """Plain data by the rules of YAML 1.1."""


class TextLoader(_Counting, yaml.CBaseLoader):
    """Every scalar as it is written."""


class SafeConstructor(yaml.constructor.SafeConstructor):
    """The same for nodes that are composed already."""


NUMBER_LIMIT = 1000
"""Characters of a whole number: of 1:59:59:... YAML 1.1 makes a number in the square of them."""


def _int(constructor: Any, node: yaml.ScalarNode) -> Any:
    if len(node.value) > NUMBER_LIMIT:
        raise BeyondLimits(None, None, f"a number has more than {NUMBER_LIMIT} characters", node.start_mark)
    return constructor.construct_yaml_int(node)


for each in (SafeLoader, SafeConstructor):
    each.add_constructor("tag:yaml.org,2002:int", _int)

Loader = type[SafeLoader] | type[TextLoader]


def constructed(construct: Callable[[yaml.Node], Any], node: yaml.Node) -> Any:
    """What PyYAML's constructors make of a node; what they stumble over, such as `!!int word`, is a YAMLError."""
    try:
        return construct(node)
    except RecursionError as error:
        raise ConstructorError(None, None, "it is nested too deep", node.start_mark) from error
    except (ValueError, LookupError, AttributeError, TypeError, ArithmeticError) as error:
        raise ConstructorError(None, None, f"a tag does not fit: {error}", node.start_mark) from error


def load(text: str | bytes, loader: Loader = SafeLoader, limits: Limits = FILE) -> Any:
    """The one document, None for an empty text."""
    reader = _opened(text, loader, limits)
    try:
        node = reader.get_single_node()
        if node is None:
            return None
        _count(node, text, limits)
        return reader.construct_document(node)
    finally:
        reader.dispose()


def load_all(text: str | bytes, loader: Loader, limits: Limits = MANIFESTS) -> Iterator[Any]:
    """All documents of a text."""
    reader = _opened(text, loader, limits)
    try:
        while reader.check_node():
            node = reader.get_node()
            _count(node, text, limits)
            yield reader.construct_document(node)
    finally:
        reader.dispose()


def compose(text: str | bytes, limits: Limits = FILE) -> yaml.Node | None:
    """The root node of the one document, None for an empty text."""
    reader = _opened(text, SafeLoader, limits)
    try:
        node: yaml.Node | None = reader.get_single_node()
    finally:
        reader.dispose()
    if node is not None:
        _count(node, text, limits)
    return node


def events(text: str, limits: Limits = FILE) -> Iterator[yaml.Event]:
    """The parser's events."""
    reader = _opened(text, SafeLoader, limits)
    depth = 0
    try:
        while reader.check_event():
            event = reader.get_event()
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEPTH:
                raise BeyondLimits(None, None, f"it is nested deeper than {DEPTH} levels", event.start_mark)
            yield event
    finally:
        reader.dispose()


def is_read(text: str, limits: Limits = FILE) -> bool:
    """True where libyaml reads all documents of it: raises yaml.YAMLError where it does not. Nothing is made of them, which takes
    a tenth of the time. Depth is counted where brackets may lie deep: each token costs libyaml what all brackets around it do."""
    if _open_brackets(text) > BRACKETS:
        deque(events(text, limits), maxlen=0)
        return True
    reader = _opened(text, SafeLoader, limits)
    try:
        reader.raw_parse()
    finally:
        reader.dispose()
    return True


def _open_brackets(text: str) -> int:
    """How many may lie in one another, at most: pairs that hold no brackets, and nothing that could hide one, are none."""
    for _ in range(PASSES):
        if text.count("[") + text.count("{") <= BRACKETS:
            break
        text = _PAIR.sub("", text)
    return text.count("[") + text.count("{")


def _opened(text: str | bytes, loader: Loader, limits: Limits) -> Any:
    if len(text) > limits.size:
        raise BeyondLimits(None, None, f"it is larger than {limits.size} bytes")
    try:
        reader = loader(text)
    except UnicodeEncodeError as error:
        raise yaml.YAMLError(f"it holds half a character (a surrogate, at {error.start})") from error
    reader.limits = limits
    return reader


def _count(root: yaml.Node, text: str | bytes, limits: Limits) -> None:
    """Refuses what is beyond the limits only with what its aliases stand for."""
    if (b"*" if isinstance(text, bytes) else "*") in text:  # type: ignore[operator]
        _Count(limits).of(root)


class _Count:
    """An alias stands behind its anchor, so that the walk goes no deeper than the text does."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.known: dict[int, tuple[int, int] | None] = {}

    def of(self, node: yaml.Node) -> tuple[int, int]:
        """(nodes, levels), each as often as it is repeated."""
        if isinstance(node, yaml.ScalarNode):
            return 1, 0
        if id(node) in self.known:
            if (found := self.known[id(node)]) is None:
                raise BeyondLimits(None, None, "it contains itself, by an alias", node.start_mark)
            return found
        self.known[id(node)] = None
        parts = (
            node.value
            if isinstance(node, yaml.SequenceNode)
            else [each for pair in node.value for each in pair]
        )
        nodes, levels = 1, 0
        for each in parts:
            inner, below = self.of(each)
            nodes, levels = nodes + inner, max(levels, below)
        if nodes > self.limits.nodes:
            what = f"it holds more than {self.limits.nodes} values, repeated by aliases"
            raise BeyondLimits(None, None, what, node.start_mark)
        if levels + 1 > DEPTH:
            what = f"it is nested deeper than {DEPTH} levels, by aliases"
            raise BeyondLimits(None, None, what, node.start_mark)
        self.known[id(node)] = nodes, levels + 1
        return nodes, levels + 1

"""YAML with its line numbers, because an error about a file must name the line."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from headway.errors import BadInput
from headway.formats import yaml_limits


def events(text: str, file: str) -> Iterator[yaml.Event]:
    """The parser's events; raises BadInput naming file and line where the text is not YAML."""
    try:
        yield from yaml_limits.events(text)
    except yaml.YAMLError as error:
        raise _malformed(error, file) from error


def compose(text: str, file: str, limits: yaml_limits.Limits = yaml_limits.FILE) -> yaml.Node | None:
    """The root node of the one document, None for an empty file; raises BadInput as `events` does."""
    try:
        return yaml_limits.compose(text.removeprefix("\ufeff"), limits)
    except yaml.YAMLError as error:
        raise _malformed(error, file) from error


def construct(node: yaml.Node | None, file: str) -> Any:
    """Plain Python values of a node, by the rules of YAML 1.1; raises BadInput for a tag that is not plain
    data.
    """
    if node is None:
        return None
    constructor = yaml_limits.SafeConstructor()
    try:
        return yaml_limits.constructed(constructor.construct_document, node)
    except yaml.YAMLError as error:
        raise _malformed(error, file, node) from error


def line(at: yaml.Node | yaml.Event) -> int:
    """Line of a node or event, the first is 1."""
    return int(_mark(at.start_mark).line) + 1


def span(at: yaml.Node | yaml.Event) -> tuple[int, int]:
    """First character of a node or event and the one after its last, in the text that was parsed."""
    return _mark(at.start_mark).index, _mark(at.end_mark).index


def children(node: yaml.Node | None) -> Mapping[str, yaml.Node]:
    """Values of a mapping node by key; empty for any other node. Of a key that stands twice the last one."""
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def keys(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    """Key nodes of a mapping node, twice where they stand twice."""
    if isinstance(node, yaml.MappingNode):
        yield from (key for key, _ in node.value if isinstance(key, yaml.ScalarNode))


def items(node: yaml.Node | None) -> tuple[yaml.Node, ...]:
    """Items of a sequence node; empty for any other node."""
    return tuple(node.value) if isinstance(node, yaml.SequenceNode) else ()


def listed(root: yaml.Node | None, key: str, file: str) -> tuple[yaml.Node, ...]:
    """Items of the sequence that stands under a key; none where it is null or absent. Raises BadInput for anything else."""
    node = children(root).get(key)
    if node is None or isinstance(node, yaml.SequenceNode) or node.tag == "tag:yaml.org,2002:null":
        return items(node)
    raise BadInput(f"{key} is not a list", where=f"{file}:{line(node)}")


def find(root: yaml.Node | None, path: tuple[str, ...]) -> yaml.Node | None:
    """The node at a path of mapping keys, or None."""
    for key in path:
        root = children(root).get(key)
    return root


def text_of(node: yaml.Node | None) -> str | None:
    """What a scalar node says; None for any other node."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


def scalars(node: yaml.Node | None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Path, text and line of every scalar below a node; items of a list by their position."""
    text = text_of(node)
    if node is not None and text is not None:
        yield path, text, line(node)
    for key, child in children(node).items():
        yield from scalars(child, (*path, key))
    for at, child in enumerate(items(node)):
        yield from scalars(child, (*path, str(at)))


def _mark(mark: Any) -> Any:
    assert mark is not None, "the parser marks everything it reads from text"
    return mark


def _malformed(error: Exception, file: str, node: yaml.Node | None = None) -> BadInput:
    mark = getattr(error, "problem_mark", None) or (node.start_mark if node else None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    where = f"{file}:{mark.line + 1}" if mark else file
    return BadInput(f"this is not the YAML of one document: {problem}", where=where)

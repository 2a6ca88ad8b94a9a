"""What files that people declare things in share: each finding names its line and key, and all are said at once."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from headway.errors import BadInput
from headway.formats import chart_version, near_names, yaml_limits, yaml_source

FINDINGS_LIMIT = 100
"""What is named at once."""

_SENTENCES = {
    "missing": "is missing",
    "string_type": "must be a string (quote it)",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
}
Finding = tuple[int, str]
"""Line, and `key: sentence`."""


def opened(text: str, file: str, holds: str) -> tuple[yaml.MappingNode, dict[str, Any], list[Finding]]:
    """Its root node, its values, and keys that stand twice. `holds`: what the mapping is of, in words.

    Raises BadInput where it is no mapping, or has keys that are no text.
    """
    root = yaml_source.compose(text, file, yaml_limits.DECLARATION)
    if not isinstance(root, yaml.MappingNode):
        raise BadInput(f"this is not a mapping with {holds}", where=f"{file}:1")
    findings = [*_duplicates(root)]
    data = yaml_source.construct(root, file)
    if not_text := list(_unnamed(root, data)):
        raise bad_input([*findings, *not_text], file)
    return root, data, findings


def bad_input(findings: list[Finding], file: str) -> BadInput:
    """One line `file:line: key: sentence` for each, in line order."""
    (line, first), *rest = sorted(set(findings))
    if len(rest) > FINDINGS_LIMIT:
        more = len(rest) - FINDINGS_LIMIT
        rest = [*rest[:FINDINGS_LIMIT], (rest[FINDINGS_LIMIT][0], f"and {more} more")]
    return BadInput(
        "\n".join([first, *(f"{file}:{at}: {what}" for at, what in rest)]), where=f"{file}:{line}"
    )


def translated(
    root: yaml.Node,
    error: ValidationError,
    model: type[BaseModel],
    elsewhere: Callable[[tuple[str, ...]], str] = lambda _: "",
) -> list[Finding]:
    """What the model refuses, each at its key. `elsewhere`: where a key belongs that `model` does not have; else empty."""

    def unknown(path: tuple[str, ...]) -> str:
        return elsewhere(path) or near_names.unknown_key(path, model)

    return [_translated(root, each, unknown) for each in error.errors()[: 2 * FINDINGS_LIMIT]]


def constraints(root: yaml.Node, data: Any, *fields: tuple[str, str]) -> Iterator[Finding]:
    """Of section and key each: those that Helm would not understand."""
    for section, field in fields:
        members = data.get(section)
        for name, each in members.items() if isinstance(members, dict) else ():
            constraint = each.get(field) if isinstance(each, dict) else None
            if not isinstance(constraint, str):
                continue
            try:
                chart_version.check_constraint(constraint)
            except BadInput as error:
                yield line_of(root, (section, name, field)), f"{section}.{name}.{field}: {error}"


def _duplicates(node: yaml.Node, path: str = "") -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for key in yaml_source.keys(node):
        name = f"{path}{key.value}"
        if key.value in seen:
            yield yaml_source.line(key), f"{name}: stands twice, first in line {seen[key.value]}"
        seen.setdefault(key.value, yaml_source.line(key))
    for name, child in yaml_source.children(node).items():
        yield from _duplicates(child, f"{path}{name}.")
    for at, child in enumerate(yaml_source.items(node)):
        yield from _duplicates(child, f"{path}{at}.")


def _unnamed(root: yaml.Node, value: Any, path: tuple[str, ...] = ()) -> Iterator[Finding]:
    """Keys that YAML reads as something else than text: an environment called `no`, a service called `1`."""
    if isinstance(value, dict):
        for key, child in value.items():
            if isinstance(key, str):
                yield from _unnamed(root, child, (*path, key))
            else:
                place = f"{'.'.join(path)}: " if path else ""
                yield line_of(root, path), f"{place}a key is read as {key!r}, not as text: quote it"
    elif isinstance(value, list):
        for at, child in enumerate(value):
            yield from _unnamed(root, child, (*path, str(at)))


def _translated(root: yaml.Node, error: Any, unknown: Callable[[tuple[str, ...]], str]) -> Finding:
    path = tuple(str(part) for part in error["loc"] if part != "[key]")
    sentence = _SENTENCES.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    if error["type"] == "literal_error":
        sentence = f"must be {error['ctx']['expected']}"
    if error["type"] == "extra_forbidden":
        sentence = unknown(path)
    return line_of(root, path), f"{'.'.join(path)}: {sentence}"


def line_of(root: yaml.Node, path: tuple[str, ...]) -> int:
    """Line of the key at `path`, or of the nearest one above it that is there."""
    found = yaml_source.line(root)
    node: yaml.Node = root
    for part in path:
        named = _named(node)
        listed = yaml_source.items(node)
        if part in named:
            key, node = named[part]
            found = yaml_source.line(key)
        elif part.isdecimal() and len(part) < 10 and int(part) < len(listed):
            node = listed[int(part)]
            found = yaml_source.line(node)
        else:
            break
    return found


@lru_cache(maxsize=16)
def _named(node: yaml.Node) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    """Key and value of a mapping node by name: asked for once a finding."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return {key.value: (key, value) for key, value in pairs if isinstance(key, yaml.ScalarNode)}

"""What files that people declare things in share: each finding names its line and key, and all are said at once."""

from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import Any, TypeVar

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
M = TypeVar("M", bound=BaseModel)
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


def validated(
    root: yaml.Node,
    data: dict[str, Any],
    model: type[M],
    elsewhere: Callable[[tuple[str, ...]], str] = lambda _: "",
) -> tuple[M | None, list[Finding]]:
    """None with all that the model refuses, each at its key. `elsewhere`: where a key belongs that it does not have; else empty.

    What keys say together is only looked at where there is none too many, so those are left out for a second look.
    """
    found: list[Finding] = []
    try:
        return model.model_validate(data), found
    except ValidationError as error:
        refused = error.errors()[: 2 * FINDINGS_LIMIT]
    if extra := [_path(each) for each in refused if each["type"] == "extra_forbidden"]:
        found += [
            (
                line_of(root, path),
                f"{'.'.join(path)}: {elsewhere(path) or near_names.unknown_key(path, model)}",
            )
            for path in extra
        ]
        refused = []
        try:
            model.model_validate(_without(data, frozenset(extra)))
        except ValidationError as error:
            refused = error.errors()[: 2 * FINDINGS_LIMIT]
    return None, [*found, *(_translated(root, each) for each in refused)]


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


def _path(error: Any) -> tuple[str, ...]:
    return tuple(str(part) for part in error["loc"] if part != "[key]")


def _translated(root: yaml.Node, error: Any) -> Finding:
    path = _path(error)
    sentence = _SENTENCES.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    if error["type"] == "literal_error":
        sentence = f"must be {error['ctx']['expected']}"
    return line_of(root, path), f"{'.'.join(path)}: {sentence}"


def _without(data: Any, paths: Collection[tuple[str, ...]], at: tuple[str, ...] = ()) -> Any:
    """The same data but for what stands at `paths`."""
    if isinstance(data, dict):
        kept = {key: value for key, value in data.items() if (*at, str(key)) not in paths}
        return {key: _without(value, paths, (*at, str(key))) for key, value in kept.items()}
    if isinstance(data, list):
        return [_without(value, paths, (*at, str(place))) for place, value in enumerate(data)]
    return data


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

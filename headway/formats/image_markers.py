"""Comments that Flux's image automation knows places in YAML by, read for those who come from there.

`tag: 1.0 # {"$imagepolicy": "flux-system:cart:tag"}`: of name, tag and digest one, or without an ending all of it.
https://fluxcd.io/flux/guides/image-update/#configure-image-update-for-custom-resources
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import yaml

from headway.formats import yaml_source

Part = Literal["image", "name", "tag", "digest"]
_COMMENT = re.compile(r'#[ \t]*(\{[ \t]*"\$imagepolicy"[^\n]*)')
_PARTS: tuple[Part, ...] = ("name", "tag", "digest")


@dataclass(frozen=True, slots=True)
class Marker:
    path: tuple[str, ...]
    policy: str
    """Namespace and name: flux-system:cart."""
    part: Part
    line: int


@lru_cache(maxsize=64)
def read(text: str, file: str) -> tuple[Marker, ...]:
    """Of scalars that end in the line of their comment. A comment that Flux would not read either says nothing. Raises BadInput
    for what is no YAML."""
    root = yaml_source.compose(text, file)
    if "$imagepolicy" not in text or root is None:
        return ()
    ends = {_end_line(node): path for path, node in _leaves(root)}
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if number in ends and (named := _named(line)):
            found.append(Marker(ends[number], *named, number))
    return tuple(found)


def _named(line: str) -> tuple[str, Part] | None:
    match = _COMMENT.search(line)
    try:
        said = json.loads(match[1])["$imagepolicy"] if match else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    parts = said.split(":") if isinstance(said, str) else []
    if len(parts) == 2:
        return ":".join(parts), "image"
    part = next((each for each in _PARTS if parts[2:] == [each]), None)
    return (":".join(parts[:2]), part) if part else None


def _leaves(
    node: yaml.Node, path: tuple[str, ...] = (), seen: frozenset[int] = frozenset()
) -> Iterator[tuple[tuple[str, ...], yaml.Node]]:
    """In order of the text: of several in one line the last one is left."""
    if isinstance(node, yaml.ScalarNode):
        yield path, node
        return
    if id(node) in seen:
        return
    below = [
        *yaml_source.children(node).items(),
        *((str(at), each) for at, each in enumerate(yaml_source.items(node))),
    ]
    for key, child in below:
        yield from _leaves(child, (*path, key), seen | {id(node)})


def _end_line(node: yaml.Node) -> int:
    return int(node.end_mark.line) + 1

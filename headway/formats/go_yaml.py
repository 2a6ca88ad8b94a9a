"""YAML scalars as Helm and Kubernetes read them, where PyYAML's own reading differs.

Dates and times of day stay text; `1e3` is a number; `0o17` is 15. What contains itself by an alias is refused, as they do.
"""

import re
from typing import Any

import yaml

from headway.formats import yaml_limits

_TAG = "tag:yaml.org,2002:"
_DROPPED = (f"{_TAG}timestamp", f"{_TAG}value", f"{_TAG}int", f"{_TAG}float")
_INT = re.compile(r"^[-+]?(0b[01_]+|0o?[0-7_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*)$")
_FLOAT = re.compile(
    r"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"
)


class GoLoader(yaml_limits.SafeLoader):
    """A safe loader with those differences. Whatever cannot be read is a YAMLError, also what contains itself."""


def _sequence(loader: GoLoader, node: yaml.SequenceNode) -> list[Any]:
    """At once, and not in two steps, by which an alias may become an object that contains itself."""
    return loader.construct_sequence(node, deep=True)


def _map(loader: GoLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    return loader.construct_mapping(node, deep=True)


def _int(loader: GoLoader, node: yaml.ScalarNode) -> Any:
    text = str(loader.construct_scalar(node)).replace("_", "")
    digits = text.lstrip("+-")
    if re.fullmatch(r"0[0-7]+", digits):
        text = text.replace("0", "0o", 1)
    try:
        return int(text, 0)
    except ValueError:
        # A sign or a prefix without digits is a word.
        return loader.construct_scalar(node)


GoLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _DROPPED]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
GoLoader.add_implicit_resolver(f"{_TAG}int", _INT, list("-+0123456789"))
GoLoader.add_implicit_resolver(f"{_TAG}float", _FLOAT, list("-+.0123456789"))
GoLoader.add_constructor(f"{_TAG}int", _int)
GoLoader.add_constructor(f"{_TAG}seq", _sequence)
GoLoader.add_constructor(f"{_TAG}map", _map)

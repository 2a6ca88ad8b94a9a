"""YAML scalars as Helm and Kubernetes read them, where PyYAML's own reading differs.

Dates and times of day stay text; `1e3` is a number; `0o17` is 15.
"""

import re
from typing import Any

import yaml

_TAG = "tag:yaml.org,2002:"
_DROPPED = (f"{_TAG}timestamp", f"{_TAG}value", f"{_TAG}int", f"{_TAG}float")
_INT = re.compile(r"^[-+]?(0b[01_]+|0o?[0-7_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*)$")
_FLOAT = re.compile(
    r"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"
)


class GoLoader(yaml.CSafeLoader):
    """A safe loader with those differences."""


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

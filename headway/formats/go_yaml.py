"""YAML scalars as Helm and Kubernetes read them, where PyYAML's own reading differs.

Dates and times of day stay text; `1e3` is a number; `0o17` is 15; `y` is true; a key is text, `8080` as well.
What contains itself by an alias is refused, as they do, and so is what JSON has no word for.
"""

import math
import re
from collections.abc import Iterable
from typing import Any

import yaml
from yaml.constructor import ConstructorError

from headway.formats import yaml_limits

_TAG = "tag:yaml.org,2002:"
_DROPPED = (f"{_TAG}timestamp", f"{_TAG}bool", f"{_TAG}value", f"{_TAG}int", f"{_TAG}float")
_BOOL = re.compile(r"(?:[yYnN]|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)\Z")
_INT = re.compile(r"[-+]?(0[bB][01_]+|0[oO]?[0-7_]*|0[xX][0-9a-fA-F_]+|[1-9][0-9_]*)\Z")
_DIGITS = 400
"""More of them are beyond every float."""
_FLOAT = re.compile(
    r"([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z"
)


class GoLoader(yaml_limits.SafeLoader):
    """A safe loader with those differences. Whatever cannot be read is a YAMLError, also what contains itself."""


def _sequence(loader: GoLoader, node: yaml.SequenceNode) -> list[Any]:
    """At once, and not in two steps, by which an alias may become an object that contains itself."""
    return loader.construct_sequence(node, deep=True)


def _map(loader: GoLoader, node: yaml.MappingNode) -> dict[str, Any]:
    found = loader.construct_mapping(node, deep=True)
    return {_key(key, node): value for key, value in found.items()}


def _key(key: Any, node: yaml.MappingNode) -> str:
    """As the text that it is in JSON (sigs.k8s.io/yaml, convertToJSONableObject)."""
    match key:
        case str():
            return key
        case bool():
            return "true" if key else "false"
        case int() | float():
            return str(key).removesuffix(".0")
        case _:
            raise ConstructorError(None, None, f"{key!r} cannot be a key in JSON", node.start_mark)


def _bool(loader: GoLoader, node: yaml.ScalarNode) -> bool:
    text = str(loader.construct_scalar(node)).lower()
    return text == "y" or (text != "n" and bool(loader.bool_values[text]))


def _int(loader: GoLoader, node: yaml.ScalarNode) -> Any:
    """What 64 bits cannot hold is a float to Go where it is written in tens, else a word."""
    written = str(loader.construct_scalar(node))
    text = written.replace("_", "")
    digits = text.lstrip("+-")
    if re.fullmatch(r"0[0-7]+", digits):
        text = text.replace("0", "0o", 1)
    if digits.isdecimal() and len(digits) > _DIGITS:
        return _float(loader, node)
    try:
        number = int(text, 0)
    except ValueError:
        # A sign or a prefix without digits is a word.
        return written
    if -(2**63) <= number < 2**64:
        return number
    return _float(loader, node) if digits.isdecimal() else written


def _float(loader: GoLoader, node: yaml.ScalarNode) -> Any:
    """A number that 64 bits cannot hold is a word to Go; what JSON has no number for it refuses."""
    written = str(loader.construct_scalar(node))
    if written.lower().lstrip("+-") in (".inf", ".nan"):
        raise ConstructorError(None, None, f"{written} is no number in JSON", node.start_mark)
    number = float(written.replace("_", ""))
    return written if math.isinf(number) else number


GoLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _DROPPED]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
GoLoader.add_implicit_resolver(f"{_TAG}bool", _BOOL, list("yYnNtTfFoO"))
GoLoader.add_implicit_resolver(f"{_TAG}int", _INT, list("-+0123456789"))
GoLoader.add_implicit_resolver(f"{_TAG}float", _FLOAT, list("-+.0123456789"))
GoLoader.add_constructor(f"{_TAG}bool", _bool)
GoLoader.add_constructor(f"{_TAG}int", _int)
GoLoader.add_constructor(f"{_TAG}float", _float)
GoLoader.add_constructor(f"{_TAG}seq", _sequence)
GoLoader.add_constructor(f"{_TAG}map", _map)


class _Dumper(yaml.SafeDumper):
    """Quotes every text that GoLoader or PyYAML would read as something else."""


_Dumper.yaml_implicit_resolvers = {
    first: [
        *yaml.SafeDumper.yaml_implicit_resolvers.get(first, ()),
        *GoLoader.yaml_implicit_resolvers.get(first, ()),
    ]
    for first in {*yaml.SafeDumper.yaml_implicit_resolvers, *GoLoader.yaml_implicit_resolvers}
}


def dump_all(documents: Iterable[Any]) -> str:
    """The documents as one text, in which Go reads what is in them."""
    text = yaml.dump_all(documents, Dumper=_Dumper, explicit_start=True, sort_keys=False)
    return str(text)

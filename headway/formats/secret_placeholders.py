"""Stands in for a sops file whose key is not at hand, so that a chart can at least be rendered."""

import re
from typing import Any

import yaml

from headway.formats import go_yaml, yaml_limits
from headway.formats.go_yaml import GoLoader

_LEAF = re.compile(r"^ENC\[[A-Z0-9_]+,.*type:(?P<type>\w+)\]\Z", re.DOTALL)
_STAND_IN: dict[str, Any] = {"int": 0, "float": 0.5, "bool": False}
PLACEHOLDER = "placeholder"


def is_encrypted(data: bytes) -> bool:
    """Whether sops has encrypted this YAML or JSON file: it then has sops' own mapping with a MAC."""
    document = _load(data)
    own = document.get("sops") if isinstance(document, dict) else None
    return isinstance(own, dict) and "mac" in own


def placeholders(data: bytes) -> bytes:
    """The file as YAML with every encrypted leaf replaced by a value of its type."""
    document = _load(data)
    rest = (
        {key: value for key, value in document.items() if key != "sops"} if isinstance(document, dict) else {}
    )
    return go_yaml.dump_all([_replaced(rest)]).removeprefix("---\n").encode()


def _load(data: bytes) -> Any:
    try:
        return yaml_limits.load(data, GoLoader, yaml_limits.MANIFESTS)
    except yaml.YAMLError:
        return None


def _replaced(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item) for item in value]
    if isinstance(value, str) and (match := _LEAF.match(value)):
        return _STAND_IN.get(match["type"], PLACEHOLDER)
    return value

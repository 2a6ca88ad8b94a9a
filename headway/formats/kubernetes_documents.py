"""A text of several Kubernetes resources as documents, one by one, with scalars as Kubernetes reads them."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from headway.errors import BadInput
from headway.formats import yaml_limits
from headway.formats.go_yaml import GoLoader


def split(text: str | bytes, where: str, next_step: str) -> Iterator[Mapping[str, Any]]:
    """A List is taken apart, also one in another. Raises BadInput for what is not YAML, and, naming the document, for what is
    no resource; `next_step`: what a person does about it."""
    try:
        found = list(yaml_limits.load_all(text, GoLoader))
    except yaml.YAMLError as error:
        raise BadInput(f"is not YAML: {error}", where=where, next_step=next_step) from error
    for number, document in enumerate(found, 1):
        if document is not None:
            yield from _taken_apart(document, f"{where}, document {number}", next_step)


def _taken_apart(document: Any, where: str, next_step: str) -> Iterator[Mapping[str, Any]]:
    if not isinstance(document, dict) or not document.get("kind"):
        raise BadInput(
            "is not a Kubernetes resource: it has no kind",
            where=where,
            next_step=next_step,
        )
    if not isinstance(document.get("metadata") or {}, Mapping):
        raise BadInput(
            "is not a Kubernetes resource: its metadata is no mapping", where=where, next_step=next_step
        )
    if document["kind"] != "List":
        yield document
        return
    items = document.get("items") or []
    for number, item in enumerate(items if isinstance(items, list) else [items], 1):
        yield from _taken_apart(item, f"{where}, item {number}", next_step)

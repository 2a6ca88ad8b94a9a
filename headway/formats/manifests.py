"""A rendered release as resources that can be compared one by one, which a long text cannot."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from headway.formats import kubernetes_documents, visible

Path = tuple[str, ...]
_SOURCE = re.compile(r"^# Source: (\S+)$", re.MULTILINE)


class Key(NamedTuple):
    """What tells resources of one release apart. The API version is left out: it may change on the way."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        place = f"{self.kind}/{self.name}"
        return f"{place} in {self.namespace}" if self.namespace else place


@dataclass(frozen=True, slots=True)
class Resource:
    key: Key
    document: Mapping[str, Any] = field(repr=False)
    events: tuple[str, ...] = ()
    """Helm's events (pre-upgrade, test, ...) where it is a hook."""

    @property
    def is_test(self) -> bool:
        return bool(self.events) and all(
            event in {"test", "test-success", "test-failure"} for event in self.events
        )


def documents(manifest: str) -> list[dict[str, Any]]:
    """The resources of a manifest's text, each by itself."""
    return [dict(resource.document) for resource in split(manifest)]


def split(manifest: str, hooks: Iterable[Mapping[str, Any]] = ()) -> tuple[Resource, ...]:
    """Resources of a manifest's text and of Helm's `hooks` (each with `manifest` and `events`), in their
    order.

    A List is taken apart. Raises BadInput, naming the document, for what is not a resource.
    """
    found = [Resource(key_of(document), document) for document in _documents(manifest, "the manifest")]
    for hook in hooks:
        where = f"hook {hook.get('name', '')}"
        events = tuple(str(event) for event in hook.get("events") or ())
        found += [
            Resource(key_of(document), document, events)
            for document in _documents(str(hook.get("manifest", "")), where)
        ]
    return tuple(found)


def by_key(resources: Sequence[Resource]) -> dict[Key, Resource]:
    return {resource.key: resource for resource in resources}


def sources(manifest: str) -> dict[Key, str]:
    """Path of the template that made each resource of Helm's text, such as shop/charts/cart/templates/web.yaml."""
    found: dict[Key, str] = {}
    for text in re.split(r"^---.*$", manifest, flags=re.MULTILINE):
        if match := _SOURCE.search(text):
            found |= {key_of(document): match[1] for document in _documents(text, match[1])}
    return found


def images(resources: Iterable[Resource], *, tests: bool = False) -> dict[tuple[Key, str], str]:
    """Image of every container, by resource and container name; of tests only where they are asked for."""
    found: dict[tuple[Key, str], str] = {}
    for resource in resources:
        if tests or not resource.is_test:
            for container in _containers(resource.document):
                found[resource.key, str(container.get("name", ""))] = str(container["image"])
    return found


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every scalar (and empty collection) with its path; list items by their position."""
    if isinstance(value, Mapping) and value:
        for name, child in value.items():
            yield from leaves(child, (*path, str(name)))
    elif isinstance(value, list) and value:
        for position, child in enumerate(value):
            yield from leaves(child, (*path, str(position)))
    else:
        yield path, value


def replaced(value: Any, replacements: Mapping[Path, Any], path: Path = ()) -> Any:
    """`value` with what stands at the given paths replaced."""
    if path in replacements:
        return replacements[path]
    if isinstance(value, Mapping):
        return {name: replaced(child, replacements, (*path, str(name))) for name, child in value.items()}
    if isinstance(value, list):
        return [replaced(child, replacements, (*path, str(i))) for i, child in enumerate(value)]
    return value


def mapping(document: Any, *path: str) -> Mapping[str, Any]:
    """What stands at a path of names; empty where that is nothing, or no mapping: a schema finds that, or the API server."""
    for name in path:
        document = document.get(name) if isinstance(document, Mapping) else None
    return document if isinstance(document, Mapping) else {}


def _documents(text: str, where: str) -> Iterator[Mapping[str, Any]]:
    return kubernetes_documents.split(text, where, "Correct the template")


def key_of(document: Mapping[str, Any]) -> Key:
    """Of a document that has a kind."""
    metadata = document.get("metadata") or {}
    version = str(document.get("apiVersion", ""))
    group = version.partition("/")[0] if "/" in version else ""
    return Key(
        group, str(document["kind"]), str(metadata.get("namespace") or ""), str(metadata.get("name", ""))
    )


def _containers(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        for name, child in value.items():
            if name in {"containers", "initContainers"} and isinstance(child, list):
                yield from (item for item in child if isinstance(item, Mapping) and item.get("image"))
            else:
                yield from _containers(child)
    elif isinstance(value, list):
        for child in value:
            yield from _containers(child)


def lines(document: Any) -> list[str]:
    """A document as lines of YAML with sorted keys. Without aliases: the same list twice would be shown as a reference. Where
    it holds what nobody sees, such as a mark that turns the direction of writing, all beyond ASCII is escaped.
    """
    plain = json.loads(json.dumps(document, default=str))
    text = _dumped(plain, allow_unicode=True)
    return (_dumped(plain, allow_unicode=False) if visible.hidden_in(text) else text).splitlines()


def _dumped(plain: Any, *, allow_unicode: bool) -> str:
    return str(
        yaml.dump(plain, sort_keys=True, default_flow_style=False, width=1000, allow_unicode=allow_unicode)
    )

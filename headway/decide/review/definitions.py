"""What becomes of the definitions in a chart's crds/, and what objects of their kinds would lose by it."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from headway.decide.review import definition_owner
from headway.decide.review.definition_owner import MARK
from headway.formats import manifests
from headway.formats.chart_definitions import KIND, Definition

Document = Mapping[str, Any]
State = Literal["new", "changed", "unchanged", "unknown"]


@dataclass(frozen=True, slots=True)
class FoundDefinition:
    """One definition of the package beside what the cluster has."""

    definition: Definition
    live: Document | None = field(default=None, repr=False)
    applied: Document | None = field(default=None, repr=False)
    """As the API server says that it would be once it is applied; None where there is none yet."""
    refused: str = ""
    """Why the API server will not take it."""
    unread: str = ""
    """Why the cluster's could not be read, or a dry run be made."""
    served: bool = True
    """Whether the API server serves all that it defines."""
    owner: str = ""
    """Who owns it, where it would be changed and is not this release's."""

    @property
    def refusal(self) -> str:
        """Why it is not changed; empty where it may be."""
        if not self.owner:
            return ""
        marks = definition_owner.marks(self.live or {})
        gone = f"; where that release is gone, take {' and '.join(marks)} off the definition" if marks else ""
        return (
            f"{self.definition.source} has another definition than the cluster, and that one is kept by {self.owner}. With "
            f"`crds: skip` it is left to them, for good; or release a version with the same definition{gone}"
        )


@dataclass(frozen=True, slots=True)
class DefinitionChange:
    name: str
    source: str
    state: State
    diff: tuple[str, ...] = ()
    """Of `spec`; nothing in it is secret."""
    trouble: str = ""
    """Why it is unknown, or why it would be refused."""

    def __str__(self) -> str:
        trouble = f": {self.trouble}" if self.trouble else ""
        return f"`{self.name}` {self.state} (`{self.source}`){trouble}"


def change(found: FoundDefinition) -> DefinitionChange:
    name, source = found.definition.name, found.definition.source
    if found.unread:
        return DefinitionChange(name, source, "unknown", trouble=found.unread)
    if found.live is None:
        return DefinitionChange(name, source, "new", trouble=found.refused)
    # What is refused has no other end than its own content.
    before, after = (_content(each) for each in (found.live, found.applied or found.definition.document))
    if before == after:
        return DefinitionChange(name, source, "unchanged")
    diff = difflib.unified_diff(manifests.lines(before), manifests.lines(after), lineterm="", n=2)
    return DefinitionChange(name, source, "changed", tuple(diff)[2:], found.refused or found.refusal)


def to_bring(found: Iterable[FoundDefinition]) -> tuple[Definition, ...]:
    """The definitions that a release has to apply. Where they may not be read they mostly may not be written either: then they
    are left as they are, if the API server serves what they define."""
    states = ((each, change(each).state) for each in found)
    return tuple(
        each.definition
        for each, state in states
        if (state in ("new", "changed") and not each.owner) or (state == "unknown" and not each.served)
    )


def _content(document: Document) -> dict[str, Any]:
    """Without what the server writes into it."""
    metadata = document.get("metadata") or {}
    kept = {key: value for key, value in document.items() if key not in ("metadata", "status", "apiVersion")}
    annotations = {key: each for key, each in (metadata.get("annotations") or {}).items() if key != MARK}
    return {**kept, "labels": metadata.get("labels") or {}, "annotations": annotations}


def losses(before: Document, after: Document) -> Iterator[str]:
    """What clients and stored objects lose where a definition becomes another one; sentences without a subject."""
    if before.get("kind") != KIND or after.get("kind") != KIND:
        return
    old, new = _served(before), _served(after)
    for name, schema in old.items():
        if name not in new:
            yield f"its version {name} is not served any more"
            continue
        for path in _lost(schema, new[name], ""):
            yield f"{name} has no {path} any more: what objects hold there is dropped when they are written"


def _served(document: Document) -> dict[str, Document]:
    versions = manifests.mapping(document, "spec").get("versions")
    return {
        str(each.get("name")): manifests.mapping(each, "schema", "openAPIV3Schema")
        for each in (versions if isinstance(versions, list) else ())
        if isinstance(each, Mapping) and each.get("served")
    }


def _lost(old: Document, new: Document, path: str) -> Iterator[str]:
    if new.get("x-kubernetes-preserve-unknown-fields"):
        return
    after = manifests.mapping(new, "properties")
    for name, schema in manifests.mapping(old, "properties").items():
        place = f"{path}.{name}" if path else str(name)
        if name not in after:
            if not isinstance(new.get("additionalProperties"), Mapping):
                yield place
        else:
            yield from _lost(manifests.mapping(schema), manifests.mapping(after[name]), place)
    for inner, mark in (("items", "[]"), ("additionalProperties", ".*")):
        one, other = old.get(inner), new.get(inner)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _lost(one, other, f"{path}{mark}")

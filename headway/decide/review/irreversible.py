"""Changes that going back does not undo. They stand apart in the plan, so that a person sees them before."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from headway.decide.review import definitions, removal
from headway.formats import manifests
from headway.formats.manifests import Key, Resource

_QUANTITY = re.compile(r"^([0-9.]+)([KMGTPE]i?|[mk])?\Z")
_FACTORS = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
_FACTORS |= {f"{letter}i": 1024**power for power, letter in enumerate("KMGTPE", 1)}
_RUN_BEFORE_OR_AFTER = frozenset({"pre-upgrade", "post-upgrade"})


def changes(before: Mapping[Key, Resource], after: Mapping[Key, Resource]) -> Iterator[str]:
    """Sentences; none for a first install, which has nothing to go back to."""
    if not before:
        return
    for key, resource in after.items():
        old = before.get(key)
        if _RUN_BEFORE_OR_AFTER & set(resource.events) and key.kind in {"Job", "Pod"}:
            yield f"{key} runs as a hook ({', '.join(resource.events)}): its effects stay."
        if key.kind == "CustomResourceDefinition" and (old is None or old.document != resource.document):
            verb = "is added" if old is None else "changes"
            yield f"{key} {verb}: stored objects may not fit the old definition again."
        if old is not None:
            yield from (f"{key}: {loss}." for loss in definitions.losses(old.document, resource.document))
        if old is not None:
            yield from _claims(key, old, resource)
            if lost := removal.claims_lost_by_scaling(old, resource):
                yield f"{key}, {lost}."
    for key in (key for key, old in before.items() if key not in after and not removal.is_kept(old)):
        if key.kind == "StatefulSet":
            fate = "go with it" if removal.claims_go_with(before[key]) else "stay behind"
            yield f"{key} is deleted: its pods and their order are gone, its claims {fate}."
        if removal.is_custom(key):
            yield f"{key} is deleted: what its controller keeps for it may go with it."
        if key.kind in {"PersistentVolumeClaim", "CustomResourceDefinition", "Namespace"}:
            yield f"{key} is deleted, and with it what it holds."


def _claims(key: Key, old: Resource, new: Resource) -> Iterator[str]:
    if key.kind == "PersistentVolumeClaim":
        yield from _growth(str(key), old.document, new.document)
    if key.kind == "StatefulSet":
        earlier = removal.claim_templates(old)
        for name, template in removal.claim_templates(new).items():
            if name in earlier:
                yield from _growth(f"{key}, claim {name}", earlier[name], template)


def _growth(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = _storage(old), _storage(new)
    if before and after and _bytes(after) > _bytes(before):
        yield f"{what} grows from {before} to {after}: a volume never shrinks."


def _storage(claim: Mapping[str, Any]) -> str:
    return str(manifests.mapping(claim, "spec", "resources", "requests").get("storage", ""))


def _bytes(quantity: str) -> Decimal:
    """Bytes of a Kubernetes quantity; 0 for what is none, which the API server will refuse."""
    match = _QUANTITY.match(quantity)
    if not match:
        return Decimal(0)
    number, unit = match.groups()
    return Decimal(number) * (Decimal(1) / 1000 if unit == "m" else _FACTORS[unit or ""])

"""What a plan may show: secrets only as keyed digests, and values that no two renders agree on not at all."""

import hmac
from collections.abc import Mapping
from typing import Any

from headway.decide.manifests import Path, Resource, leaves, replaced

MASK = "<new on every render>"
_SECRET_PARTS = ("data", "stringData")


def unstable(one: Resource, again: Resource | None) -> tuple[Path, ...]:
    """Paths whose values differ between two renders of the same input (randAlphaNum, genCA, now)."""
    if again is None or one.document == again.document:
        return ()
    second = dict(leaves(again.document))
    first = dict(leaves(one.document))
    differing = {path for path, value in first.items() if path not in second or second[path] != value}
    return tuple(sorted(differing | (second.keys() - first.keys())))


def masked(document: Mapping[str, Any], paths: tuple[Path, ...]) -> Any:
    return replaced(document, dict.fromkeys(paths, MASK)) if paths else document


def redacted(resource: Resource, document: Mapping[str, Any], key: bytes) -> Any:
    """`document` with a Secret's values as short keyed digests: a change is seen, the value is not."""
    if resource.key.kind != "Secret" or resource.key.group:
        return document
    hidden = {
        path: f"<redacted {digest(key, str(value))[:6]}>"
        for path, value in leaves(document)
        if path[:1] and path[0] in _SECRET_PARTS and len(path) > 1 and value != MASK
    }
    return replaced(document, hidden)


def digest(key: bytes, text: str) -> str:
    """Keyed: a plain digest of a short secret could be guessed. Hex."""
    return hmac.new(key, text.encode(), "sha256").hexdigest()

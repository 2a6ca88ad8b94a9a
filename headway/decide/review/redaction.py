"""What a plan may show: secrets only as keyed digests, and values that differ from render to render not at all."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headway.formats.known_secrets import KnownSecrets
from headway.formats.manifests import Path, Resource, leaves, replaced

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


@dataclass(frozen=True, slots=True)
class Redaction:
    """Secrets become short keyed digests: a change is seen, the value is not."""

    key: bytes = field(repr=False)
    known: KnownSecrets

    def document(self, resource: Resource, document: Mapping[str, Any]) -> Any:
        """Without a Secret's values, and without known secrets in whatever kind."""
        if resource.key.kind == "Secret" and not resource.key.group:
            hidden = {
                path: self._mark(str(value))
                for path, value in leaves(document)
                if path[:1] and path[0] in _SECRET_PARTS and len(path) > 1 and value != MASK
            }
            document = replaced(document, hidden)
        every = "\n".join(text for path, value in leaves(document) for text in (*path, str(value)))
        return self._without(document, self.known.among(every))

    def text(self, text: str) -> str:
        return self.known.hide(text, self._mark)

    def _without(self, value: Any, known: KnownSecrets) -> Any:
        if isinstance(value, Mapping):
            return {self._without(name, known): self._without(child, known) for name, child in value.items()}
        if isinstance(value, list):
            return [self._without(child, known) for child in value]
        text = str(value)
        shown = known.hide(text, self._mark)
        return value if shown == text else shown

    def _mark(self, text: str) -> str:
        return f"<redacted {digest(self.key, text)[:6]}>"


def digest(key: bytes, text: str) -> str:
    """Keyed: a plain digest of a short secret could be guessed. Hex."""
    return hmac.new(key, text.encode(), "sha256").hexdigest()

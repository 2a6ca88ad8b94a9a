"""The registry of the CNCF's distribution, and what is built on it (https://distribution.github.io/distribution/about/notifications/)."""

from collections.abc import Iterator
from typing import Any

from headway.formats.hints.payload import mappings, text
from headway.model.hints import Named, NamedImage


def named(payload: Any, event: str = "", registry: str = "") -> Iterator[Named]:  # noqa: ARG001
    """Manifests that were pushed under a tag; `registry` where pushes come by another name than images are pulled by."""
    for each in mappings(payload, "events"):
        host, repository, tag = (
            registry or text(each, "request", "host"),
            text(each, "target", "repository"),
            text(each, "target", "tag"),
        )
        if text(each, "action") == "push" and host and repository and tag:
            yield NamedImage(f"{host}/{repository}", tag)

"""Azure's registry: images, and charts (https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference)."""

from collections.abc import Iterator
from typing import Any

from headway.formats.hints.payload import text
from headway.model.hints import Named, NamedImage


def named(payload: Any, event: str = "", registry: str = "") -> Iterator[Named]:  # noqa: ARG001
    host, repository = registry or text(payload, "request", "host"), text(payload, "target", "repository")
    if text(payload, "action") in ("push", "chart_push") and host and repository:
        yield NamedImage(f"{host}/{repository}", text(payload, "target", "tag"))

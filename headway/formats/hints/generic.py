"""For CI: `{"image": "registry/shop/cart:main-0a1b2c3"}`, `{"git": url, "branch": name}`, `{"charts": address}`."""

from collections.abc import Iterator
from typing import Any

from headway.formats.hints.payload import text
from headway.model.hints import Named, NamedBranch, NamedCharts, NamedImage


def named(payload: Any, event: str = "", registry: str = "") -> Iterator[Named]:  # noqa: ARG001
    if image := text(payload, "image"):
        yield image_of(image)
    if url := text(payload, "git"):
        yield NamedBranch((url,), text(payload, "branch"))
    if address := text(payload, "charts"):
        yield NamedCharts(address)


def image_of(reference: str) -> NamedImage:
    """Of an image as people write it; a digest is left away."""
    name = reference.partition("@")[0]
    repository, colon, tag = name.rpartition(":")
    return NamedImage(repository, tag) if colon and "/" not in tag else NamedImage(name)

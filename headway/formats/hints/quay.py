"""Quay (https://docs.quay.io/guides/notifications.html): a push to a repository. It signs nothing that can be checked here."""

from collections.abc import Iterator
from typing import Any

from headway.formats.hints.payload import text, texts
from headway.model.hints import Named, NamedImage


def named(payload: Any, event: str = "", registry: str = "") -> Iterator[Named]:  # noqa: ARG001
    """A list of tags, or tags with their images."""
    if not (repository := text(payload, "docker_url")):
        return
    if registry:
        repository = f"{registry}/{repository.partition('/')[2]}"
    for tag in texts(payload, "updated_tags"):
        yield NamedImage(repository, tag)

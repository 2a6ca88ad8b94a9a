"""Docker Hub (https://docs.docker.com/docker-hub/repos/manage/webhooks/). It signs nothing."""

from collections.abc import Iterator
from typing import Any

from headway.formats.hints.payload import text
from headway.model.hints import Named, NamedImage


def named(payload: Any, event: str = "", registry: str = "") -> Iterator[Named]:  # noqa: ARG001
    if repository := text(payload, "repository", "repo_name"):
        yield NamedImage(f"{registry or 'docker.io'}/{repository}", text(payload, "push_data", "tag"))

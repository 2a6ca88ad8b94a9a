"""Gitea and Forgejo (https://docs.gitea.com/usage/webhooks): pushes, and packages of their container registry."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from headway.formats.hints import github
from headway.formats.hints.payload import mapping, text
from headway.model.hints import Named, NamedImage


def named(payload: Any, event: str = "", registry: str = "") -> Iterator[Named]:
    """`event`: X-Gitea-Event."""
    if event == "push":
        yield from github.pushed(payload)
    elif event == "package" and text(payload, "action") == "created":
        package = mapping(payload, "package")
        host = registry or _host(text(package, "html_url"))
        owner = text(package, "owner", "login") or text(package, "owner", "username")
        name, tag = text(package, "name"), text(package, "version")
        if text(package, "type") == "container" and host and owner and name:
            yield NamedImage(
                f"{host}/{owner.lower()}/{name.lower()}", "" if tag.startswith("sha256:") else tag
            )


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""

"""GitHub (https://docs.github.com/webhooks/webhook-events-and-payloads): pushes, and packages of its container registry."""

from collections.abc import Iterator
from typing import Any

from headway.formats.hints.payload import mapping, text
from headway.model.hints import Named, NamedBranch, NamedImage

_BRANCH = "refs/heads/"
_URLS = ("clone_url", "ssh_url", "git_url", "html_url")


def named(payload: Any, event: str = "", registry: str = "") -> Iterator[Named]:
    """`event`: X-GitHub-Event."""
    if event == "push":
        yield from pushed(payload)
    elif event in ("package", "registry_package"):
        package = mapping(payload, event)
        version = mapping(package, "package_version")
        tag = text(version, "container_metadata", "tag", "name")
        # `namespace` holds the owner alone, in letters as people wrote them; images are called in small ones.
        owner = text(package, "namespace") or text(package, "owner", "login")
        owner, name = owner.partition("/")[0].lower(), text(package, "name").lower()
        if text(package, "package_type").upper() in ("CONTAINER", "DOCKER") and owner and name:
            yield NamedImage(f"{registry or 'ghcr.io'}/{owner}/{name}", tag)


def pushed(payload: Any, *, urls: tuple[str, ...] = _URLS) -> Iterator[Named]:
    """Of a branch; a tag is none. Gitea writes it the same way."""
    ref, repository = text(payload, "ref"), mapping(payload, "repository")
    known = tuple(url for each in urls if (url := text(repository, each)))
    if ref.startswith(_BRANCH) and known:
        yield NamedBranch(known, ref.removeprefix(_BRANCH))

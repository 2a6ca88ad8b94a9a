"""Where an image name points, and what a registry's documents say of an image."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from headway.errors import BadInput

INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFEST_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
DIGEST = re.compile(r"^sha256:[0-9a-f]{64}\Z", re.ASCII)
_DOCKER_HUB = "registry-1.docker.io"
_NAMES_OF_DOCKER_HUB = ("docker.io", "index.docker.io", "hub.docker.com", "registry.hub.docker.com")
_COMMIT = ("org.opencontainers.image.revision", "org.label-schema.vcs-ref")


@dataclass(frozen=True, slots=True)
class Location:
    """A repository as the registry's HTTP interface knows it."""

    host: str
    """With port where one is given."""
    path: str


@dataclass(frozen=True, slots=True)
class Reference:
    """An image by name. With a digest, the tag is for people alone: nobody looks at it."""

    repository: str
    tag: str = ""
    digest: str = ""
    """sha256:<hex>"""

    @property
    def asked_by(self) -> str:
        """What its registry finds it by."""
        return self.digest or self.tag


def locate(repository: str) -> Location:
    """Of an image name without tag; a name without a registry lies on Docker Hub, as everywhere."""
    if repository.startswith("-") or not repository or "@" in repository or " " in repository:
        raise BadInput("not the name of an image repository", where=repository)
    first, _, rest = repository.partition("/")
    if rest and ("." in first or ":" in first or first == "localhost"):
        host, path = first, rest
    else:
        host, path = "docker.io", repository if rest else f"library/{repository}"
    if ":" in path:
        raise BadInput("an image repository is named without a tag", where=repository)
    return Location(registry_host(host), path)


def registry_host(name: str) -> str:
    """Where a registry answers, of what people and `docker login` call it: Docker Hub has several names."""
    host = re.sub(r"^https?://", "", name.strip().lower()).partition("/")[0]
    return _DOCKER_HUB if host in _NAMES_OF_DOCKER_HUB else host


def parse(reference: str) -> Reference:
    """Of an image as a manifest names it. BadInput for what no container runtime would take either."""
    name, at, digest = reference.partition("@")
    repository, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        repository, tag = name, "" if at else "latest"
    if not repository or not (tag or at) or (at and not DIGEST.match(digest)):
        raise BadInput(
            "not the name of an image, such as registry.example.com/shop/cart:1.0", where=reference
        )
    return Reference(repository, tag, digest)


def first_platform(manifests: Iterable[Mapping[str, Any]]) -> str:
    """Digest of the first entry of an image index that is an image; attestations have the platform "unknown"."""
    for manifest in manifests:
        platform = manifest.get("platform")
        if not isinstance(platform, dict) or platform.get("os") != "unknown":
            return str(manifest.get("digest", ""))
    return ""


def commit(labels: Mapping[str, Any]) -> str:
    """Full SHA of the commit that an image's labels name; empty where they name none."""
    return next((str(labels[name]) for name in _COMMIT if labels.get(name)), "")

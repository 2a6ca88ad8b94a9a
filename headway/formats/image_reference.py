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
PATH_LIMIT = 255
"""Of a name without its registry."""
_PORT_LIMIT = 65535
_HUB = "docker.io"
# The grammar is that of distribution/reference: https://pkg.go.dev/github.com/distribution/reference
_HOST_PART = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = re.compile(rf"(?:{_HOST_PART}(?:\.{_HOST_PART})*|\[[a-fA-F0-9:]+\])(?::[0-9]{{1,6}})?\Z", re.ASCII)
_PATH_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_PATH = re.compile(rf"{_PATH_PART}(?:/{_PATH_PART})*\Z", re.ASCII)
_TAG = re.compile(r"\w[\w.-]{0,127}\Z", re.ASCII)
_IDENTIFIER = re.compile(r"[a-f0-9]{64}\Z", re.ASCII)
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
    if not repository or "@" in repository or " " in repository:
        raise BadInput("not the name of an image repository", where=repository)
    host, path = _split(repository)
    if ":" in path:
        raise BadInput("an image repository is named without a tag", where=repository)
    port = host.rpartition(":")[2] if not host.endswith("]") and ":" in host else "0"
    if not _HOST.match(host) or not _PATH.match(path) or len(path) > PATH_LIMIT or int(port) > _PORT_LIMIT:
        raise BadInput("not the name of an image repository", where=repository)
    return Location(registry_host(host), path)


def _split(repository: str) -> tuple[str, str]:
    """Registry and path (distribution/reference, splitDockerDomain)."""
    first, slash, rest = repository.partition("/")
    is_host = slash and ("." in first or ":" in first or first == "localhost" or first != first.lower())
    host, path = (first, rest) if is_host else (_HUB, repository)
    host = _HUB if host == "index.docker.io" else host
    return host, f"library/{path}" if host == _HUB and "/" not in path else path


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
    tagged = bool(tag) or repository != name
    is_sound = (_TAG.match(tag) if tagged else at) and (not at or DIGEST.match(digest))
    if not is_sound or _IDENTIFIER.match(reference):
        raise BadInput(
            "not the name of an image, such as registry.example.com/shop/cart:1.0", where=reference
        )
    locate(repository)
    return Reference(repository, tag, digest)


def repository_of(image: str) -> str:
    """Its repository; the image as it is where it is none that can be read."""
    try:
        return parse(image).repository
    except BadInput:
        return image


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

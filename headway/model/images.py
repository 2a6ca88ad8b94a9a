"""Nouns of container images."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Image:
    """One tag in a registry and what its manifest and configuration say."""

    repository: str
    tag: str
    digest: str
    """sha256:<hex> of the manifest (or index) the tag names."""
    revision: str = ""
    """Full SHA from label org.opencontainers.image.revision or org.label-schema.vcs-ref; else empty."""
    created: str = ""
    """RFC 3339, as whoever built it says; empty where nothing does."""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True, slots=True)
class RecordedImage:
    """An image that a package uses, as its registry had it when the package was published."""

    reference: str
    """As a manifest names it, such as registry.example.com/shop/cart:main-abc1234."""
    digest: str
    """sha256:<hex>"""
    environments: tuple[str, ...] = ()
    """Those in which it is used; empty for all."""

    def used_in(self, environment: str) -> bool:
        return not self.environments or environment in self.environments


@dataclass(frozen=True, slots=True)
class Referrer:
    """What somebody attached to an image: a list of its parts, a scan, a signature."""

    artifact_type: str
    """Such as application/spdx+json or application/vnd.in-toto+json; empty where its registry does not say."""
    digest: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    """Bytes; 0 where it is not known."""
    kind: str = ""
    """Of what is attached, such as "SBOM (SPDX)"; empty where that was not read, or is no kind that is known."""
    says: str = ""
    """In a few words, as it says of itself: no signature is checked."""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What a registry says of an image beside its bytes."""

    digest: str
    created: str = ""
    """RFC 3339, as whoever built it says: the later of configuration and label."""
    labels: Mapping[str, str] = field(default_factory=dict)
    referrers: tuple[Referrer, ...] = ()
    revision: str = ""
    """Full SHA that its labels name; empty where they name none."""

"""Nouns of container images."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Image:
    """One tag in a registry and what its manifest and configuration say."""

    repository: str
    tag: str
    digest: str
    """sha256:<hex> of the manifest (or index) the tag names."""
    revision: str = ""
    """Full SHA from label org.opencontainers.image.revision or org.label-schema.vcs-ref; else empty."""

    @property
    def reference(self) -> str:
        return f"{self.repository}:{self.tag}"

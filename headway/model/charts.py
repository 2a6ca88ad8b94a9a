"""Nouns of charts and chart repositories."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

CONTENT_ANNOTATION = "headway.dev/content-digest"
COMMIT_ANNOTATION = "headway.dev/commit"
SOURCE_ANNOTATION = "headway.dev/source"
COMMITTED_ANNOTATION = "headway.dev/committed"
"""When that commit was made, RFC 3339 UTC: how long a change took is told from it."""
IMAGES_ANNOTATION = "headway.dev/images"
"""See headway.formats.image_record. Not in the index, which would grow by kilobytes with each version."""
CHARTS_ANNOTATION = "headway.dev/charts"
"""See headway.formats.pinned_charts. In the index once for each chart, not with each version."""
PROVENANCE_PREFIX = "headway.dev/"
"""What stands outside a chart's content: who made a package, when, and what the world was like then."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """An entry of Chart.yaml's `dependencies`, as far as Headway reads it."""

    name: str
    version: str
    repository: str = ""
    alias: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The whole entry, in file order, for Helm's lock digest."""

    @property
    def key(self) -> str:
        """Name under which the umbrella's values hold this dependency's own."""
        return self.alias or self.name


@dataclass(frozen=True, slots=True)
class ChartEntry:
    """One version of one chart in a repository's index."""

    name: str
    version: str
    digest: str
    """sha256:<hex> of the package's bytes; empty where a third party's index names none."""
    url: str
    """As in the index: relative to the repository, or absolute."""
    created: datetime
    annotations: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def content_digest(self) -> str:
        return self.annotations.get(CONTENT_ANNOTATION, "")

    @property
    def commit(self) -> str:
        return self.annotations.get(COMMIT_ANNOTATION, "")


@dataclass(frozen=True, slots=True)
class Package:
    """A packaged chart: the bytes of its .tgz and what identifies it."""

    name: str
    version: str
    data: bytes = field(repr=False)
    digest: str
    """sha256:<hex> of `data`."""
    content_digest: str
    """sha256:<hex> of the chart's files after .helmignore without provenance annotations."""
    metadata: Mapping[str, Any]
    """Chart.yaml as packaged."""

    @property
    def file_name(self) -> str:
        return f"{self.name}-{self.version}.tgz"

    @property
    def commit(self) -> str:
        return commit_of(self.metadata)


def commit_of(metadata: Mapping[str, Any]) -> str:
    """That a packaged Chart.yaml says it was made from; empty where it does not."""
    return str((metadata.get("annotations") or {}).get(COMMIT_ANNOTATION, ""))

"""What a chart repository can do, whatever it is kept in: all are read, some are written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from headway.model.charts import ChartEntry, Package

INDEX = "index.yaml"
CHARTMUSEUM_INDEX = "index-cache.yaml"
"""What ChartMuseum keeps in a bucket in its place."""
DOCUMENT_LIMIT = 256 * 2**10
"""Bytes of a file that is neither package nor index."""


@dataclass(frozen=True, slots=True)
class Published:
    """This call wrote the version."""

    entry: ChartEntry


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """The version was there with the same content; nothing was written."""

    entry: ChartEntry
    withdrawn: bool = False
    """It was taken back after a failed release: the package is there, the index does not offer it."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A package as it lies there, whether the index offers it or not."""

    package: Package
    withdrawn: bool
    """It was taken back after a failed release."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Of cosign, unchecked."""

    signature: str
    """Base64."""
    statement: bytes | None = None
    """What was signed; the package's own bytes where None."""
    manifest: str = ""
    """sha256:<hex> of the manifest that holds the package: a statement counts that is about it."""


class ReadableChartRepository(Protocol):
    """A Helm chart repository to read. All methods raise Unreachable when it does not answer."""

    @property
    def url(self) -> str: ...

    def versions(self, name: str) -> list[str]:
        """All that it offers, newest first; empty for a chart it does not know."""

    def entries(self, name: str) -> list[ChartEntry]:
        """What is known of them; of the newest alone, where a kind has to ask for each."""

    def entries_beside(self, name: str, others: Collection[str]) -> Mapping[str, list[ChartEntry]]:
        """The same of `name`, by name, and of those of `others` that the same question tells."""

    def entry(self, name: str, version: str) -> ChartEntry | None:
        """Of one version; None where it is not offered."""

    def read(self, entry: ChartEntry) -> bytes:
        """The package. Refused when its bytes do not have the digest that the index names."""

    def provenance(self, entry: ChartEntry) -> bytes | None:
        """The file that `helm package --sign` writes beside the package (.prov), unchecked; None where there is none."""

    def signatures(self, entry: ChartEntry) -> Sequence[Signature]:
        """What `cosign sign-blob` wrote beside the package (.sig), or `cosign sign` into the registry; none where there is none.
        BadInput where it is too large, or no such thing."""

    def documents(self, folder: str) -> list[str] | None:
        """Names of the files in a folder beside the packages, such as "releases/shop/"; None where a kind cannot tell."""

    def document(self, name: str) -> bytes | None:
        """One of them; None where there is none. BadInput where it is larger than DOCUMENT_LIMIT."""


class WritableChartRepository(ReadableChartRepository, Protocol):
    """One that Headway publishes to, so that it also sees what the index does not offer.

    `Published | AlreadyThere` says whether something was written; a version is never overwritten.
    """

    def uploaded_versions(self, name: str) -> set[str]:
        """Every version whose package was ever uploaded, also half published and withdrawn ones."""

    def pinned_charts(self) -> Mapping[str, str]:
        """Content digests of third parties' charts in packages published here; see headway.formats.pinned_charts."""

    def stored(self, name: str, version: str) -> Stored | None:
        """The package under this version; None where none was ever uploaded."""

    def publish(self, package: Package, *, created: datetime) -> Published | AlreadyThere:
        """Package first, then the index. Refused when the version exists with other content."""

    def check_write(self) -> None:
        """Raises BadInput where these credentials may not write, as far as that can be told without changing anything."""

    def withdraw(self, name: str, version: str, digest: str) -> bool:
        """Take this very package out of the index; the package stays. False where it is not in it."""

    def keep(self, name: str, data: bytes) -> bool:
        """Write a document that is not there yet; False where it is, whatever it says."""

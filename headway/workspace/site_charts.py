"""A chart repository of somebody else, as a site sees it: it is only read, and what it gives may have to be signed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from headway.clients.chart_repository import ReadableChartRepository
from headway.clients.chart_repository.oci_repository import OciRepository
from headway.clients.chart_repository.protocol import AlreadyThere, Published, Signature, Stored
from headway.clients.chart_repository.publishing import StoredRepository
from headway.errors import Refused
from headway.formats import chart_package, cosign
from headway.model.charts import ChartEntry, Package
from headway.workspace.stand_in import StandIn

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

Verify = Callable[[str, bytes, bytes], None]
"""Of a file's name, its bytes, and its provenance file. Raises Refused where nobody who is trusted has signed them."""
Check = Callable[[ReadableChartRepository, ChartEntry, bytes], None]
"""Of a package, and the repository that gave it. Raises Refused where it is not signed as it must be."""


def signed_for_helm(verify: Verify) -> Check:
    """By `helm package --sign`."""

    def check(repository: ReadableChartRepository, entry: ChartEntry, data: bytes) -> None:
        name = _file_name(entry)
        provenance = repository.provenance(entry)
        if provenance is None:
            raise Refused(
                f"{name} is not signed: there is no {name}.prov",
                where=repository.url,
                next_step="Ask whoever publishes it to sign it (helm package --sign).",
            )
        verify(name, data, provenance)

    return check


def signed_by_cosign(keys: str, where: str) -> Check:
    """`keys`: see cosign.public_keys, which raises BadInput naming `where`."""
    trusted = cosign.public_keys(keys, where)

    def check(repository: ReadableChartRepository, entry: ChartEntry, data: bytes) -> None:
        name, found = _file_name(entry), repository.signatures(entry)
        if not found:
            raise Refused(
                f"{name} is not signed: there is no signature of cosign",
                where=repository.url,
                next_step="Ask whoever publishes it to sign it by a key (cosign sign --key, or sign-blob --key beside it).",
            )
        if not any(_counts(each, trusted, data) for each in found):
            raise Refused(
                f"{name}: none of its signatures ({len(found)}) is of a key that the site trusts, and of this package",
                where=repository.url,
                next_step="Ask who published it; or add their public key to the site.",
            )

    return check


def _counts(found: Signature, trusted: "Collection[EllipticCurvePublicKey]", data: bytes) -> bool:
    if found.statement is None:
        return cosign.is_signed(trusted, data, found.signature)
    is_signed = cosign.is_signed(trusted, found.statement, found.signature)
    return is_signed and cosign.is_about(found.statement, found.manifest)


def _file_name(entry: ChartEntry) -> str:
    return f"{entry.name}-{entry.version}.tgz"


@dataclass(frozen=True, slots=True)
class SiteCharts(StandIn):
    """See WritableChartRepository; whatever kind `real` is, nothing is written."""

    checks: Sequence[Check] = ()
    """All must be met; none: what is unsigned is taken as well."""

    def versions(self, name: str) -> list[str]:
        return self.real.versions(name)

    def entry(self, name: str, version: str) -> ChartEntry | None:
        return self.real.entry(name, version)

    def entries(self, name: str) -> list[ChartEntry]:
        return self.real.entries(name)

    def entries_beside(self, name: str, others: Collection[str]) -> Mapping[str, list[ChartEntry]]:
        return self.real.entries_beside(name, others)

    def read(self, entry: ChartEntry) -> bytes:
        """Refused also where it is not signed as it must be."""
        data = self.real.read(entry)
        for check in self.checks:
            check(self.real, entry, data)
        return data

    def uploaded_versions(self, name: str) -> set[str]:
        return set(self.versions(name))

    def pinned_charts(self) -> Mapping[str, str]:
        return {}

    def stored(self, name: str, version: str) -> Stored | None:
        """What is not offered any more is found where Headway publishes, not behind a web server, nor where it must be signed."""
        if isinstance(self.real, StoredRepository | OciRepository) and not self.checks:
            return self.real.stored(name, version)
        entry = self.entry(name, version)
        if entry is None:
            return None
        return Stored(chart_package.read_package(self.read(entry)), withdrawn=False)

    def keep(self, name: str, data: bytes) -> bool:  # noqa: ARG002
        return False

    def check_write(self) -> None:
        raise _only_read(self.url)

    def publish(self, package: Package, *, created: datetime) -> Published | AlreadyThere:  # noqa: ARG002
        raise _only_read(self.url)

    def withdraw(self, name: str, version: str, digest: str) -> bool:  # noqa: ARG002
        raise _only_read(self.url)


def _only_read(url: str) -> Refused:
    return Refused("a site only reads it", where=url)

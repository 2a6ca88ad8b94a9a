"""A chart repository of somebody else, as a site sees it: it is only read, and what it gives may have to be signed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from headway.clients.chart_repository import ReadableChartRepository
from headway.clients.chart_repository.oci_repository import OciRepository
from headway.clients.chart_repository.protocol import AlreadyThere, Published, Stored
from headway.clients.chart_repository.publishing import StoredRepository
from headway.errors import Refused
from headway.formats import chart_package
from headway.model.charts import ChartEntry, Package

Verify = Callable[[str, bytes, bytes], None]
"""Of a file's name, its bytes, and its provenance file. Raises Refused where nobody who is trusted has signed them."""


@dataclass(frozen=True, slots=True)
class SiteCharts:
    """See WritableChartRepository; whatever kind `real` is, nothing is written."""

    real: ReadableChartRepository
    verify: Verify | None = None
    """None: what is unsigned is taken as well."""

    @property
    def url(self) -> str:
        return self.real.url

    def versions(self, name: str) -> list[str]:
        return self.real.versions(name)

    def entry(self, name: str, version: str) -> ChartEntry | None:
        return self.real.entry(name, version)

    def entries(self, name: str) -> list[ChartEntry]:
        return self.real.entries(name)

    def read(self, entry: ChartEntry) -> bytes:
        """Refused also where it is not signed as it must be."""
        data = self.real.read(entry)
        if self.verify:
            name = f"{entry.name}-{entry.version}.tgz"
            provenance = self.real.provenance(entry)
            if provenance is None:
                raise Refused(
                    f"{name} is not signed: there is no {name}.prov",
                    where=self.url,
                    next_step="Ask whoever publishes it to sign it (helm package --sign).",
                )
            self.verify(name, data, provenance)
        return data

    def provenance(self, entry: ChartEntry) -> bytes | None:
        return self.real.provenance(entry)

    def documents(self, folder: str) -> list[str] | None:
        return self.real.documents(folder)

    def document(self, name: str) -> bytes | None:
        return self.real.document(name)

    def uploaded_versions(self, name: str) -> set[str]:
        return set(self.versions(name))

    def pinned_charts(self) -> Mapping[str, str]:
        return {}

    def stored(self, name: str, version: str) -> Stored | None:
        """What is not offered any more is found where Headway publishes, not behind a web server, nor where it must be signed."""
        if isinstance(self.real, StoredRepository | OciRepository) and not self.verify:
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

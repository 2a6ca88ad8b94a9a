"""The workspace of a site: no git, no registry, and a chart repository that is only read.

A version that fails is barred by the site's own record; nothing is taken out of anybody's index, or committed anywhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from headway.clients.chart_repository import ReadableChartRepository, WritableChartRepository, open_repository
from headway.clients.chart_repository.oci_repository import OciRepository
from headway.clients.chart_repository.protocol import AlreadyThere, Published, Stored
from headway.clients.chart_repository.publishing import StoredRepository
from headway.clients.git import GitRepository
from headway.clients.kubernetes.cluster import Cluster
from headway.errors import Refused
from headway.formats import chart_package
from headway.model.application import Application
from headway.model.charts import ChartEntry, Package
from headway.model.site import Site
from headway.workspace import release_content, site_values
from headway.workspace.application_source import ApplicationSource
from headway.workspace.imagined import ImaginedWorkspace
from headway.workspace.release_content import ReleaseContent
from headway.workspace.service_look import ServiceLooks
from headway.workspace.systems import Access
from headway.workspace.workspace import Workspace

WHERE = "the site's block"


class SiteWorkspace(Workspace):
    """What a release needs of a Workspace. What only supply needs raises Refused."""

    def __init__(self, access: Access, site: Site, connect: Callable[[str], Cluster]) -> None:
        self.site = site
        super().__init__(access, connect)

    def look_again(self) -> None:
        """Own values are read with each package."""

    @cached_property
    def git(self) -> GitRepository:
        raise self._without_git()

    @property
    def source(self) -> ApplicationSource:
        raise self._without_git()

    @property
    def services(self) -> ServiceLooks:
        raise self._without_git()

    def _without_git(self) -> Refused:
        return Refused(
            f"{self.application.application} is a site: it has no git repository",
            where=WHERE,
            next_step="Ask where its chart is made.",
        )

    @property
    def application(self) -> Application:
        return self.site.application

    @property
    def chart_name(self) -> str:
        return self.site.chart

    @property
    def unread(self) -> None:
        return None

    @property
    def stale(self) -> None:
        return None

    @property
    def declared_in(self) -> str:
        return WHERE

    @property
    def policy_file(self) -> str:
        return WHERE

    @property
    def policy_path(self) -> str:
        return ""

    @cached_property
    def _repository(self) -> "WritableChartRepository":
        credentials = self.systems.access.repositories
        return OnlyRead(
            open_repository(self.site.application.environments[self.site.environment].charts, credentials)
        )

    def chart_repository(self, environment: str) -> WritableChartRepository:  # noqa: ARG002
        """Its one environment's."""
        return self._repository

    def content(self, data: bytes, environment: str, where: str) -> ReleaseContent:
        """What the package brings for an environment of that name, if anything, and above it what the site has of its own."""
        own = site_values.read(
            self.site.values,
            self.systems.access.repositories,
            lambda: self.cluster(environment),
            self.application.namespace(environment),
        )
        return release_content.read_on_site(data, environment, where, own, self.sops_keys)


class ImaginedSiteWorkspace(ImaginedWorkspace, SiteWorkspace):
    """The same for a look that writes nothing."""


@dataclass(frozen=True, slots=True)
class OnlyRead:
    """A chart repository of somebody else, whatever kind it is."""

    real: ReadableChartRepository

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
        return self.real.read(entry)

    def documents(self, folder: str) -> list[str] | None:
        return self.real.documents(folder)

    def document(self, name: str) -> bytes | None:
        return self.real.document(name)

    def uploaded_versions(self, name: str) -> set[str]:
        return set(self.versions(name))

    def pinned_charts(self) -> Mapping[str, str]:
        return {}

    def stored(self, name: str, version: str) -> Stored | None:
        """What is not offered any more is found where Headway publishes, not behind a web server."""
        if isinstance(self.real, StoredRepository | OciRepository):
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

"""The workspace of a site: no git, no registry, and a chart repository that is only read.

A version that fails is barred by the site's own record; nothing is taken out of anybody's index, or committed anywhere.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, partial

from headway.clients.chart_repository import WritableChartRepository, open_repository
from headway.clients.git import GitRepository
from headway.clients.helm import provenance
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.errors import Refused
from headway.model.application import Application
from headway.model.charts import ChartEntry
from headway.model.site import Site
from headway.workspace import release_content, site_values
from headway.workspace.application_source import ApplicationSource
from headway.workspace.dry_run import DryRunWorkspace
from headway.workspace.release_content import ReleaseContent
from headway.workspace.service_look import ServiceLooks
from headway.workspace.site_charts import Check, SiteCharts, signed_by_cosign, signed_for_helm
from headway.workspace.site_values import OwnFile
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
    def values_are_packaged(self) -> bool:
        return False

    @property
    def declared_in(self) -> str:
        return WHERE

    @property
    def policy_file(self) -> str:
        return WHERE

    @property
    def policy_path(self) -> str:
        return ""

    def record_store(self, environment: str) -> ReleaseRecordStore:
        name = self.application.application
        block = f"Prefect's block headway-site/{name}"
        return replace(super().record_store(environment), declared_in=block, way=())

    @cached_property
    def _repository(self) -> WritableChartRepository:
        credentials = self.systems.access.repositories
        charts = self.application.environments[self.site.environment].charts
        return SiteCharts(open_repository(charts, credentials), tuple(self._checks()))

    def _checks(self) -> Iterator[Check]:
        if self.site.keyring:
            yield signed_for_helm(partial(provenance.verify, self.helm, self.site.keyring))
        if self.site.cosign_key:
            yield signed_by_cosign(self.site.cosign_key, WHERE)

    def chart_repository(self, environment: str) -> WritableChartRepository:  # noqa: ARG002
        """Its one environment's."""
        return self._repository

    def _read_package(self, environment: str, entry: ChartEntry) -> bytes:
        """Who has signed it is asked each time: a key may have been taken away since."""
        return self.chart_repository(environment).read(entry)

    def content(self, data: bytes, environment: str, where: str) -> ReleaseContent:
        """What the package brings for an environment of that name, if anything, and above it what the site has of its own."""
        return release_content.read_on_site(data, environment, where, self.own_values(), self.sops_keys)

    def own_values(self) -> Mapping[str, OwnFile]:
        """As they are now; see site_values.read."""
        environment = self.site.environment
        return site_values.read(
            self.site.values,
            self.systems.access.repositories,
            lambda: self.cluster(environment),
            self.application.namespace(environment),
        )


class DryRunSiteWorkspace(DryRunWorkspace, SiteWorkspace):
    """The same for a look that writes nothing."""

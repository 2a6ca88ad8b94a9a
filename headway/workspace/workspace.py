"""One look at an application: its policy from the branch head, and the clients of the systems it names.

Everything is opened when first asked for, so that a look at images does not need a cluster, and read through the
same objects, so that one look never sees two different heads.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from headway.clients.chart_repository import WritableChartRepository, open_writable_repository
from headway.clients.git import GitCredentials, GitRepository
from headway.clients.helm.command import Helm
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.clients.registry import Registry
from headway.errors import BadInput, Conflict, HeadwayError
from headway.formats import application_files, chart_yaml, headway_yaml, image_reference, quarantine, utf8
from headway.formats.application_files import ApplicationFiles
from headway.model.application import Application, Environment, Service
from headway.model.charts import ChartEntry
from headway.model.credentials import RepositoryCredentials
from headway.model.quarantine import QuarantinedInput
from headway.model.record import ReleaseRecord

HEADWAY_YAML = "headway.yaml"
QUARANTINE = ".headway/quarantine.yaml"
AUTHOR = ("Headway", "headway@localhost")
CONFLICTS_BORNE = 5
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Access:
    """Where the application repository is, and what opens the systems around it."""

    git_url: str
    branch: str = "main"
    git: GitCredentials | None = None
    """Sent to scheme and host of `git_url` alone: whoever may commit to that repository names the others' addresses."""
    repositories: RepositoryCredentials = field(default_factory=RepositoryCredentials)
    """For the environments' chart repositories and the services' images; never for third parties' addresses."""
    cache: Path = field(default_factory=lambda: Path.home() / ".cache" / "headway")


class Workspace:
    """Clients for one look at one application.

    Raises BadInput where headway.yaml is missing or wrong, Unreachable where git does not answer.
    """

    def __init__(self, access: Access, connect: Callable[[str], Cluster]) -> None:
        self._access = access
        self._connect = connect
        self._repositories: dict[str, WritableChartRepository] = {}
        self._services: dict[str, GitRepository] = {}
        self._clusters: dict[str, Cluster] = {}
        self._packages: dict[str, bytes] = {}
        self.git = self._git(access.git_url, access.branch)
        self.look_again()

    def look_again(self) -> None:
        """Read the branch head anew, after a commit of ours or of somebody else's. Where that fails, the former look stays."""
        commit = self.git.head()
        application = headway_yaml.read(self._text_at(commit, HEADWAY_YAML), HEADWAY_YAML)
        barred = quarantine.read(self._text_at(commit, QUARANTINE, ""), QUARANTINE)
        self.commit: str = commit
        self.application: Application = application
        self.quarantine: tuple[QuarantinedInput, ...] = barred

    def retry_on_conflict(self, act: Callable[[], _T]) -> _T:
        """What `act` gives. Where somebody else wrote first, look and let it decide again, CONFLICTS_BORNE times in all."""
        for _ in range(CONFLICTS_BORNE - 1):
            try:
                return act()
            except Conflict:
                self.look_again()
        return act()

    def text(self, path: str, default: str | None = None) -> str:
        """A file at the head, decoded; `default` where it is missing, BadInput where there is none."""
        return self._text_at(self.commit, path, default)

    def files(self) -> ApplicationFiles:
        """The files at the head that hold the application's inputs."""
        return self.files_at(self.commit)

    def files_at(self, commit: str) -> ApplicationFiles:
        """The same at another commit."""
        folder = self.application.chart
        contents = {path: self.git.read(commit, path) for path in application_files.paths(folder)}
        return application_files.read(
            {path: data for path, data in contents.items() if data is not None}, folder
        )

    def versions_ever_seen(self) -> frozenset[str]:
        """Versions of the umbrella chart that exist, or existed: index entries and packages."""
        repository = self.charts(self.application.first_environment)
        offered = {entry.version for entry in repository.entries(self.chart_name)}
        return frozenset(offered | repository.uploaded_versions(self.chart_name))

    def in_chart(self, path: str) -> str:
        """Path in the repository of a file of the umbrella chart."""
        return path if self.application.chart == "." else f"{self.application.chart}/{path}"

    @property
    def cache(self) -> Path:
        """Folder for what may be fetched again: git mirrors, third-party packages."""
        return self._access.cache

    @cached_property
    def helm(self) -> Helm:
        return Helm.find()

    @cached_property
    def kubernetes_version(self) -> str:
        """Of the first environment's cluster, such as "1.37"; empty where it cannot be asked now."""
        try:
            return self.cluster(self.application.first_environment).version()
        except HeadwayError:
            return ""

    @cached_property
    def registry(self) -> Registry:
        return Registry(self._access.repositories.registry)

    def image_exists(self, image: str) -> bool | None:
        """Whether its registry has an image, as a manifest names it; None where that cannot be asked."""
        try:
            return self.registry.exists(*image_reference.split(image))
        except HeadwayError:
            return None

    def service(self, name: str) -> Service:
        return self.application.services[name]

    def service_git(self, name: str) -> GitRepository:
        if name not in self._services:
            service = self.service(name)
            self._services[name] = self._git(service.git, service.policy.branch)
        return self._services[name]

    def environment(self, name: str) -> Environment:
        try:
            return self.application.environments[name]
        except KeyError:
            known = ", ".join(self.application.environments)
            raise BadInput(
                f"there is no environment {name!r}", where=HEADWAY_YAML, next_step=f"Known: {known}."
            ) from None

    def charts(self, environment: str) -> WritableChartRepository:
        """The chart repository of an environment, for reading and writing."""
        url = self.environment(environment).charts
        if url not in self._repositories:
            self._repositories[url] = open_writable_repository(url, self._access.repositories)
        return self._repositories[url]

    def cluster(self, environment: str) -> Cluster:
        name = self.application.cluster(environment)
        if name not in self._clusters:
            self._clusters[name] = self._connect(name)
        return self._clusters[name]

    @property
    def chart_name(self) -> str:
        """Name of the umbrella chart at the head."""
        return chart_yaml.read(self.text(self.in_chart("Chart.yaml")), self.in_chart("Chart.yaml")).name

    def record(self, environment: str) -> ReleaseRecord | None:
        """The release record of an environment, now."""
        application = self.application
        return ReleaseRecordStore(
            self.cluster(environment), application.namespace(environment), application.release(environment)
        ).read()[0]

    def rejected_upstream(self, environment: str) -> frozenset[str]:
        """Digests with a rejection in any environment that feeds this one, directly or through others."""
        digests: set[str] = set()
        upstream = self.environment(environment).after
        while upstream:
            record = self.record(upstream)
            digests |= {rejection.chart_digest for rejection in record.rejections} if record else set()
            upstream = self.environment(upstream).after
        return frozenset(digests)

    def package(self, environment: str, entry: ChartEntry) -> bytes:
        """A package of an environment's repository; read once in a look."""
        if entry.digest not in self._packages:
            self._packages[entry.digest] = self.charts(environment).read(entry)
        return self._packages[entry.digest]

    def _text_at(self, commit: str, path: str, default: str | None = None) -> str:
        data = self.git.read(commit, path)
        if data is not None:
            return utf8.text(data, path)
        if default is not None:
            return default
        raise BadInput("the file is missing", where=f"{self._access.git_url} {path}")

    def _git(self, url: str, branch: str) -> GitRepository:
        access = self._access
        credentials = replace(access.git, address=access.git_url) if access.git else None
        return GitRepository(url, branch, access.cache / "git", credentials)

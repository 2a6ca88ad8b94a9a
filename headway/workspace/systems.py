"""Clients of the systems that one application names, each opened when it is first asked for, and then kept."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from headway.clients import hosts, private_files, together
from headway.clients.chart_repository import WritableChartRepository, open_writable_repository
from headway.clients.forge import Forge, open_forge
from headway.clients.git import GitCredentials, GitRepository
from headway.clients.kept_packages import KeptPackages
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.lately import Lately
from headway.clients.registry import Registry
from headway.errors import BadInput
from headway.model.credentials import (
    NO_KEYS,
    ForgeCredentials,
    RepositoryCredentials,
    SopsKeys,
    is_for_every_registry,
)
from headway.model.edits import Author
from headway.workspace import local_folders, named_repositories

A_MOMENT = 1.0
"""Seconds for which the record of an environment that feeds many is what it was: they all ask for it, again and again."""


@dataclass(frozen=True, slots=True)
class PolicyPlace:
    """Where an operator says that policy lives, in the place of headway.yaml."""

    path: str
    """Of the file in its repository."""
    url: str = ""
    """Empty: the application repository."""
    branch: str = ""
    """Empty: the application's branch in its own repository, `main` elsewhere."""
    git: GitCredentials | None = None
    """None: those of the application repository, at the same scheme and host."""

    def is_in(self, url: str) -> bool:
        """Whether the file lies in that repository, however its address is written."""
        return not self.url or _plain(self.url) == _plain(url)


def _plain(url: str) -> str:
    return url.rstrip("/").removesuffix(".git").lower()


@dataclass(frozen=True, slots=True)
class Access:
    """Where the application repository is, and what opens the systems around it."""

    git_url: str
    branch: str = "main"
    git: GitCredentials | None = None
    """Sent to scheme and host of `git_url` alone: whoever may commit to that repository names the others' addresses. A key that
    an operator names for an address opens that."""
    repositories: RepositoryCredentials = field(default_factory=RepositoryCredentials)
    """For the environments' chart repositories and the services' images; never for third parties' addresses."""
    cache: Path = field(default_factory=private_files.cache)
    """Folder for what may be fetched again: git mirrors, third-party packages."""
    sops: SopsKeys = NO_KEYS
    places: tuple[str, ...] = ()
    """Where alone it may be released: names of clusters, or cluster/namespace; empty: wherever headway.yaml says."""
    gates: tuple[str, ...] = ()
    """Environments and clusters where each release is approved, whatever headway.yaml says."""
    named: tuple[str, ...] = ()
    """How the addresses of git and chart repositories begin that headway.yaml may name; empty: any."""
    images: tuple[str, ...] = ()
    """How the image repositories begin that the registry credentials are for, and that headway.yaml may name; empty: any."""
    local_folders: tuple[str, ...] = ()
    """Folders of this machine that headway.yaml may name as repositories, beside the one that `git_url` lies in."""
    policy: PolicyPlace | None = None
    """None: policy stands in headway.yaml."""
    author: Author = field(default_factory=Author)
    """Of the commits that Headway makes."""
    forge: ForgeCredentials | None = None
    """Of the application repository's git host."""


class Systems:
    """By address. `connect` gives the client of a cluster by its name."""

    def __init__(self, access: Access, connect: Callable[[str], Cluster]) -> None:
        self.access = access
        self._connect = connect
        self._git: dict[tuple[str, str], GitRepository] = {}
        self._chart_repositories: dict[str, WritableChartRepository] = {}
        self._forges: dict[str, Forge | None] = {}
        self._clusters: dict[str, Cluster] = {}
        self.lately = Lately(A_MOMENT)

    def git(self, url: str, branch: str) -> GitRepository:
        if (url, branch) not in self._git:
            access = self.access
            self._require_allowed(url)
            credentials = access.git.at(url, access.git_url) if access.git else None
            self._git[url, branch] = GitRepository(url, branch, access.cache / "git", credentials)
        return self._git[url, branch]

    def policy_git(self, place: PolicyPlace) -> GitRepository:
        """An operator names it, not a committer."""
        access = self.access
        url = place.url or access.git_url
        branch = place.branch or (access.branch if place.is_in(access.git_url) else "main")
        if place.git is None and (url, branch) == (access.git_url, access.branch):
            return self.git(url, branch)
        ours = access.git.at(url, access.git_url) if access.git else None
        theirs = place.git.at(url, own="") if place.git else None
        return GitRepository(url, branch, access.cache / "git", theirs or ours)

    def head_of(self, git: GitRepository, credentials: GitCredentials | None = None) -> str:
        """The head of a branch that other applications may look at as well; `credentials` in the place of the application's.
        Those who are let in by the same ones, and glance, ask once for all."""
        access = self.access
        used = credentials or access.git
        # By whose address they are given decides where they are sent.
        sent_to = hosts.of_address(used.address or access.git_url) if used else ""
        opened = replace(used, address="") if used else None
        return together.glance(("head", git.url, git.branch, access.cache, opened, sent_to), git.head)

    def tags(self, repository: str) -> list[str]:
        """Of an image that headway.yaml names; see head_of."""
        registry = self.registry_of_declared(repository)
        key = "tags", repository, self.access.repositories.registry
        return together.glance(key, lambda: registry.tags(repository))

    @cached_property
    def forge(self) -> Forge:
        """Of the application repository. BadInput where no operator has given a token for it."""
        access = self.access
        if access.forge is None:
            raise BadInput(
                "what goes by the git host's API needs a token of the git host, and the application's block names none",
                where=access.git_url,
                next_step="headway add URL --forge gitea|github|gitlab --forge-token-from FILE (docs/git-hosts.md).",
            )
        return open_forge(access.git_url, access.forge)

    def forge_of(self, git_url: str) -> Forge | None:
        """Of another repository on the same git host; None where it lies elsewhere."""
        if git_url not in self._forges:
            forge = self.access.forge
            try:
                self._forges[git_url] = open_forge(git_url, forge) if forge else None
            except BadInput:
                self._forges[git_url] = None
        return self._forges[git_url]

    def chart_repository(self, url: str) -> WritableChartRepository:
        if url not in self._chart_repositories:
            self._require_allowed(url)
            self._chart_repositories[url] = open_writable_repository(url, self.access.repositories)
        return self._chart_repositories[url]

    def _require_allowed(self, url: str) -> None:
        access = self.access
        local_folders.require_allowed(url, access.git_url, access.local_folders)
        named_repositories.require_named(url, access.git_url, access.named)

    def cluster(self, name: str) -> Cluster:
        if name not in self._clusters:
            self._clusters[name] = self._connect(name)
        return self._clusters[name]

    @cached_property
    def kept_packages(self) -> KeptPackages:
        return KeptPackages(self.access.cache / "packages")

    @property
    def _answers(self) -> Path:
        """What registries said last, for questions with a condition."""
        return self.access.cache / "registry"

    @cached_property
    def registry(self) -> Registry:
        return Registry(self.access.repositories.registry, cache=self._answers)

    def registry_of_declared(self, repository: str) -> Registry:
        """For an image that headway.yaml names. BadInput where no operator has named its repository."""
        if not named_repositories.is_named_image(repository, self.access.images):
            raise BadInput(
                "an image repository that no operator has named",
                where=repository,
                next_step="Name how it begins in images of the application's block: headway add URL --image PREFIX.",
            )
        return self.registry

    @cached_property
    def registry_without_credentials(self) -> Registry:
        return Registry(cache=self._answers)

    @cached_property
    def registry_of_strangers(self) -> Registry:
        """Without the credentials that are for every registry that asks: who names images in a third party's chart must not
        be shown those."""
        credentials = self.access.repositories.registry
        return Registry(None if is_for_every_registry(credentials) else credentials, cache=self._answers)

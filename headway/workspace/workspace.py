"""One look at an application: what its repository says at the branch head, and the systems that it names.

All is read through the same objects, so that one look never sees two different heads, and nothing twice.
"""

from collections.abc import Callable, Hashable, Iterable
from copy import copy
from functools import cached_property, partial
from pathlib import Path
from typing import Self, TypeVar

from headway.clients import together
from headway.clients.chart_repository import WritableChartRepository, glanced
from headway.clients.forge import Forge
from headway.clients.git import GitRepository
from headway.clients.helm.command import Helm
from headway.clients.kept_packages import KeptPackages
from headway.clients.kubernetes import listings
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.clients.registry import Registry
from headway.decide.release import ownership, rejected_inputs
from headway.decide.supply import own_narrowing, promotion
from headway.decide.supply.application_edit import Versions
from headway.errors import BadInput, Conflict, HeadwayError, Refused, Unreachable
from headway.formats import image_reference
from headway.model.application import Application
from headway.model.charts import ChartEntry
from headway.model.credentials import SopsKeys
from headway.model.edits import Edit
from headway.model.environment import Environment
from headway.model.policy import Policy
from headway.model.record import ReleaseRecord
from headway.workspace import image_digests, named_repositories, policy_source, release_content
from headway.workspace.application_source import HEADWAY_YAML, ApplicationSource
from headway.workspace.by_api import ApiWriter
from headway.workspace.git_writer import Committed, GitWriter, Proposed, PushingWriter
from headway.workspace.proposing import ProposedSoFar, ProposingWriter, PushOrPropose
from headway.workspace.release_content import ReleaseContent
from headway.workspace.service_look import Explained, ServiceLooks
from headway.workspace.systems import Access, Systems

CONFLICTS_BORNE = 5
_T = TypeVar("_T")


class Workspace:
    """Raises BadInput where headway.yaml is missing or wrong, Unreachable where git does not answer.

    With `or_last_seen`, for whoever may have to repair a release, what was last fetched stands in for git that does not
    answer, and the last headway.yaml and policy that could be read for those that cannot: `git_away` and `unread` are the errors
    then.
    """

    def __init__(
        self,
        access: Access,
        connect: Callable[[str], Cluster],
        git_writer: GitWriter = PushingWriter(),  # noqa: B008
        *,
        or_last_seen: bool = False,
    ) -> None:
        self._systems = Systems(access, connect)
        self._packages: dict[str, bytes] = {}
        self._or_last_seen = or_last_seen
        self.git_writer = git_writer
        self._proposed = ProposedSoFar()
        self.git_away: Unreachable | None = None
        self._policy_unread: HeadwayError | None = None
        self._source: ApplicationSource
        self._services: ServiceLooks
        self.look_again()

    @cached_property
    def git(self) -> GitRepository:
        """The application repository."""
        access = self._systems.access
        return self._systems.git(access.git_url, access.branch)

    @property
    def source(self) -> ApplicationSource:
        """The application repository at the commit that is looked at."""
        return self._source

    @property
    def services(self) -> ServiceLooks:
        return self._services

    def look_again(self) -> None:
        """Read the branch head anew, and all else. Where that fails, the former look stays."""
        self._systems.lately.forget()
        head = self._head()
        policy = self._policy(head)
        self._source = ApplicationSource(self.git, head, policy, or_last_read=self._or_last_seen)
        self._services = ServiceLooks(self._systems)

    def _head(self) -> str:
        try:
            head, self.git_away = self.git.head(), None
        except Unreachable as error:
            last_seen = self.git.last_seen() if self._or_last_seen else None
            if last_seen is None:
                raise
            head, self.git_away = last_seen, error
        return head

    def _policy(self, head: str) -> Policy | None:
        place = self._systems.access.policy
        if place is None:
            return None
        git = self._systems.policy_git(place)
        beside = git is self.git
        seen = policy_source.look(
            git,
            place.path,
            lambda: head if beside else self._systems.head_of(git, place.git),
            or_last_read=self._or_last_seen,
        )
        self._policy_unread = seen.unread
        return seen.policy

    @property
    def unread(self) -> HeadwayError | None:
        """Why headway.yaml or its policy cannot be read."""
        return self._policy_unread or self.source.unread

    @property
    def stale(self) -> HeadwayError | None:
        """Why something older stands in for what people say now: by that nothing new goes forward."""
        return self.git_away or self.unread

    @property
    def values_are_packaged(self) -> bool:
        """A package brings all values of an environment."""
        return True

    @property
    def declared_in(self) -> str:
        """What names the environments, for people."""
        return HEADWAY_YAML

    @property
    def policy_file(self) -> str:
        """Where policy stands, for people."""
        return self.source.policy.file if self.source.policy else HEADWAY_YAML

    @property
    def policy_path(self) -> str:
        """Of the file in the application repository that holds policy beside headway.yaml; empty where there is none."""
        place = self._systems.access.policy
        lies_here = place and place.is_in(self.git.url) and place.branch in ("", self.git.branch)
        return place.path if place and lies_here else ""

    def retry_on_conflict(self, act: Callable[[], _T]) -> _T:
        """What `act` gives. Where somebody else wrote first, look and let it decide again, CONFLICTS_BORNE times in all."""
        for _ in range(CONFLICTS_BORNE - 1):
            try:
                return act()
            except Conflict:
                together.stop_glancing()
                self.look_again()
        return act()

    @property
    def application_writer(self) -> GitWriter:
        """Of the application repository, as policy says now: `git_writer` is that of any other."""
        if self.application.write == "pull-request":
            return self.proposing
        by_api = self.application.write == "contents-api"
        direct = ApiWriter(self._open_forge, self._by) if by_api else self.git_writer
        return PushOrPropose(direct, self.proposing) if self._systems.access.forge else direct

    @property
    def proposing(self) -> ProposingWriter:
        """By pull request, as policy is now."""
        return ProposingWriter(self.application, self._open_forge, self._by, self._proposed)

    @property
    def may_close_proposals(self) -> bool:
        """Whether a look that finds nothing to propose may close what one before has proposed. No network."""
        if self.application.write == "pull-request":
            return True
        return self._systems.access.forge is not None and self.proposing.has_proposed(self.git)

    def _open_forge(self) -> Forge:
        return self._systems.forge

    @property
    def _by(self) -> PushingWriter:
        return self.git_writer if isinstance(self.git_writer, PushingWriter) else PushingWriter()

    def submit(self, edit: Edit, *, stage: str) -> Committed | Proposed:
        """Write to the application repository; see GitWriter. From then on our commit is what is looked at."""
        answer = self.application_writer.submit(edit, to=self.git, on=self.source.commit, stage=stage)
        if isinstance(answer, Committed):
            self.moved_to(answer.commit)
        return answer

    def moved_to(self, commit: str) -> None:
        """Look at the application at a commit of ours on top of the one looked at; services are as they were."""
        self._source = ApplicationSource(
            self.git, commit, self.source.policy, or_last_read=self._or_last_seen
        )

    def at(self, commit: str) -> Self:
        """Another look, at a former commit of the application; services are as they are now."""
        former = copy(self)
        former.moved_to(commit)
        return former

    @property
    def application(self) -> Application:
        return self.source.application

    @property
    def chart_name(self) -> str:
        return self.source.chart_name

    def environment(self, name: str) -> Environment:
        """As policy has it, with a gate also where an operator alone wants one. BadInput for one that is not declared."""
        found = self.application.environments.get(name)
        if found is None:
            known = ", ".join(self.application.environments)
            raise BadInput(
                f"there is no environment {name!r}", where=self.declared_in, next_step=f"Known: {known}."
            )
        gated = {name, self.application.cluster(name)} & {*self._systems.access.gates}
        return found.model_copy(update={"gate": "approval"}) if gated else found

    @property
    def systems(self) -> Systems:
        return self._systems

    @property
    def cache(self) -> Path:
        return self._systems.access.cache

    @property
    def sops_keys(self) -> SopsKeys:
        return self._systems.access.sops

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

    def registry_of(self, repository: str) -> Registry:
        """For an image that a manifest names: ours for the registries that headway.yaml names, else that of strangers, and for
        what no operator has named one without credentials. BadInput where headway.yaml itself names that."""
        application, systems = self.application, self._systems
        declared = [
            *(image.repository for image in application.images.values()),
            *(image_reference.parse(test.image).repository for test in application.tests),
        ]
        locations = {image_reference.locate(each) for each in declared}
        location = image_reference.locate(repository)
        if location in locations:
            return systems.registry_of_declared(repository)
        if not named_repositories.is_named_image(repository, systems.access.images):
            return systems.registry_without_credentials
        ours = any(each.host == location.host for each in locations)
        return systems.registry if ours else systems.registry_of_strangers

    def image_digest(self, image: str) -> str | None:
        """sha256:<hex> of an image, as a manifest names it; None where its registry has no such image.

        Raises BadInput, Unreachable.
        """
        reference = image_reference.parse(image)
        return self.registry_of(reference.repository).digest(reference.repository, reference.asked_by)

    def image_digests(self, images: Iterable[str]) -> dict[str, str | None]:
        """The same of many; those that cannot be asked are left out."""
        return image_digests.ask(self.image_digest, images)

    def image_exists(self, image: str) -> bool | None:
        """Whether its registry has an image; None where that cannot be asked."""
        try:
            return self.image_digest(image) is not None
        except HeadwayError:
            return None

    def service_git(self, name: str) -> GitRepository:
        """A service's repository, at the branch that its images are made of."""
        service = self.application.services[name]
        return self._systems.git(service.git, service.policy.branch)

    def chart_repository(self, environment: str) -> WritableChartRepository:
        """Of an environment, for reading and writing."""
        return glanced.guarded(self._systems.chart_repository(self.environment(environment).charts))

    def chart_versions(self) -> Versions:
        """Of the umbrella chart, in the first environment's repository: index entries, and all that was ever uploaded."""
        repository = self.chart_repository(self.application.first_environment)
        published = {entry.version for entry in repository.entries(self.chart_name)}
        return Versions(published | repository.uploaded_versions(self.chart_name), published)

    def package(self, environment: str, entry: ChartEntry) -> bytes:
        """A package of an environment's repository; read once in a look, and once for each digest on this machine."""
        if entry.digest not in self._packages:
            self._packages[entry.digest] = self._read_package(environment, entry)
        return self._packages[entry.digest]

    def _read_package(self, environment: str, entry: ChartEntry) -> bytes:
        return self.kept_packages.package(
            entry.digest, partial(self.chart_repository(environment).read, entry)
        )

    @property
    def kept_packages(self) -> KeptPackages:
        """What is known by its digest, for later runs."""
        return self._systems.kept_packages

    def content(self, data: bytes, environment: str, where: str) -> ReleaseContent:
        """Of a package's bytes, as an environment gives it to Helm; see release_content.read."""
        return release_content.read(data, environment, where, self.sops_keys)

    def cluster(self, environment: str) -> Cluster:
        """Refused where an operator lets the application be released elsewhere only."""
        application = self.application
        name, namespace = application.cluster(environment), application.namespace(environment)
        if not ownership.is_allowed(name, namespace, self._systems.access.places):
            raise Refused(
                f"the application may not be released to {name}/{namespace}",
                where=f"{self.policy_file} environments.{environment}",
                next_step="Name it in places of the application's block: headway add URL --place CLUSTER[/NAMESPACE].",
            )
        return self._systems.cluster(name)

    def record(self, environment: str) -> ReleaseRecord | None:
        """The release record of an environment: now, or as a look that glances sees it."""
        store = self.record_store(environment)
        return store.of(listings.record(store))[0] if together.glances() else store.read()[0]

    def record_store(self, environment: str) -> ReleaseRecordStore:
        """Where the record of an environment is; that of somebody else is not read."""
        application = self.application
        return ReleaseRecordStore(
            self.cluster(environment),
            application.namespace(environment),
            application.release(environment),
            self.environment(environment).charts,
            application.release_ref(environment),
            tuple(application.environments),
            way=application.way(environment),
        )

    def explain_own(self, key: str, environment: str) -> Explained:
        """Of an image whose tag an environment keeps, as `services.explain` says it; what failed there alone is not chosen.

        Raises also what `record` raises."""
        image = self.application.own_images(environment)[key]
        known = own_narrowing.rejected(self.failed_sets(environment, self.record(environment)))
        alone = own_narrowing.tags(known, image.repository, alone=True)
        return self.services.explain_own(key, self.source, environment, alone)

    def failed_sets(self, environment: str, here: ReleaseRecord | None) -> list[tuple[str, ...]]:
        """Inputs with which a version failed there, or in an environment that feeds this one. `here`: its own record."""
        return rejected_inputs.sets(here, self.upstream_records(environment))

    def upstream_records(self, environment: str) -> tuple[ReleaseRecord | None, ...]:
        """Of all environments that feed this one, the nearest first: as it is, or was a moment ago."""
        upstream = self.environment(environment).after
        return (self._upstream_record(upstream), *self.upstream_records(upstream)) if upstream else ()

    def _upstream_record(self, name: str) -> ReleaseRecord | None:
        return self._lately(lambda: ("record", self.record_store(name).path, name), lambda: self.record(name))

    def lately_offered(self, environment: str) -> list[ChartEntry]:
        """The application's charts in an environment's repository: as they are, or were a moment ago."""

        return self._lately(
            lambda: ("charts", environment, self.chart_name),
            lambda: self.chart_repository(environment).entries(self.chart_name),
        )

    def _lately(self, what: Callable[[], Hashable], read: Callable[[], _T]) -> _T:
        """As it is, or was a moment ago; a look that glances goes by what all have seen, whatever that read gives."""
        return read() if together.glances() else self._systems.lately.read(what(), read)

    def rejected_upstream(self, environment: str, here: ReleaseRecord | None) -> frozenset[str]:
        """Digests with a rejection in any environment that feeds this one, directly or through others, and of packages good
        there that hold what was rejected as a set `here`."""
        records = self.upstream_records(environment)
        return promotion.rejected(records) | promotion.rejected_downstream(here, records)

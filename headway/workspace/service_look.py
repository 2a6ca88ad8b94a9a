"""What one look at a service sees: its branch, its images, its published charts, and what the application uses of them."""

import posixpath
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import TypeVar

from headway.clients import side_by_side
from headway.clients.git import GitRepository
from headway.decide.supply import (
    chart_tags,
    image_policies,
    own_scalars,
    own_tags,
    service_charts,
    service_history,
    taken_up,
)
from headway.decide.supply.image_policies import (
    Build,
    CommitsWanted,
    ImageChoice,
    ImagePolicy,
    ImagesWanted,
    Ruling,
    SeenTags,
)
from headway.decide.supply.pins import Pin
from headway.decide.supply.service_charts import ChartChoice
from headway.decide.supply.service_history import ServiceHistory
from headway.errors import BadInput, HeadwayError
from headway.formats import image_values, quarantine, tag_pattern, utf8
from headway.model.application import Service
from headway.model.charts import ChartEntry
from headway.model.edits import Commit, CommitChanges, TakenUp
from headway.model.images import Image
from headway.model.service_images import DeclaredImage
from headway.workspace import scalar_history
from headway.workspace.application_source import HEADWAY_YAML, ApplicationSource
from headway.workspace.systems import Systems

_K = TypeVar("_K", bound=Hashable)
_T = TypeVar("_T")
AT_ONCE = 12
"""Images of one repository that a registry is asked for, and repositories that are read ahead."""
HISTORY_LIMIT = 500
"""Commits of a service's branch that are read; images of older commits are left out, the chart's last commit is not."""


@dataclass(frozen=True, slots=True)
class ServiceBranch:
    """The service's repository."""

    git: GitRepository
    head: str
    commits: Mapping[str, Commit]
    """By SHA, newest first."""
    history: ServiceHistory

    @property
    def own(self) -> frozenset[str]:
        """Commits of Headway's."""
        return frozenset(sha for sha, commit in self.commits.items() if commit.is_own)

    def tag_in_chart(self, image: DeclaredImage, commit: str, folder: str) -> str:
        """That the service's own chart holds at that commit. Raises BadInput where it does not stand there."""
        path = chart_tags.values_path(folder)
        data = self.git.read(commit, path)
        if data is None:
            raise BadInput(
                f"the file is missing at commit {commit[:12]}, and tags_in: chart says that the tag stands there",
                where=f"{self.git.url} {path}",
                next_step="Write it, with an empty tag.",
            )
        return image_values.read(utf8.text(data, path), image, path)


@dataclass(frozen=True, slots=True)
class ServiceLook:
    """One service, seen from both sides at one moment."""

    name: str
    branch: ServiceBranch
    image: ImageChoice
    """Of its own image."""
    more: Mapping[str, ImageChoice]
    """Of more images, by key."""
    offered: Sequence[ChartEntry]
    """What the first environment's repository offers of the service's chart, newest first."""
    chart: ChartChoice
    quarantined_charts: frozenset[str]
    """Versions of the chart that must not be chosen."""
    chart_name: str
    tags_in_chart: bool
    """Tags come into the application with the chart that holds them."""

    @property
    def images(self) -> Mapping[str, ImageChoice]:
        """All choices, by key."""
        return {self.name: self.image, **self.more}


Explained = tuple[ImageChoice, SeenTags, tuple[Ruling, ...]]
"""A choice, what was seen for it, and what the policy says of each tag."""


@dataclass(frozen=True, slots=True)
class Own:
    """An environment that keeps a tag of its own."""

    environment: str
    rejected: frozenset[str]
    """Tags with which a version failed there."""


class ServiceLooks:
    """Reads git, registry and chart repository of each service once, however often it is looked at.

    What an own write changes is read again, and that alone. What could not be read is not asked for again.
    """

    def __init__(self, systems: Systems) -> None:
        self._systems = systems
        self._heads: dict[str, str] = {}
        self._heads_of: dict[tuple[str, str], str] = {}
        self._changes: dict[tuple[str, str], list[CommitChanges]] = {}
        self._branches: dict[tuple[str, str], ServiceBranch | HeadwayError] = {}
        self._tags: dict[str, list[str] | HeadwayError] = {}
        self._images: dict[tuple[str, str], Image | HeadwayError] = {}
        self._chosen: dict[str, TakenUp] = {}
        self._offered: dict[str, list[ChartEntry] | HeadwayError] = {}
        self._looks: dict[str, tuple[ApplicationSource, ServiceLook]] = {}

    def look(self, name: str, source: ApplicationSource) -> ServiceLook:
        """Raises Unreachable, and BadInput for what is not there."""
        known = self._looks.get(name)
        if known is None or known[0] is not source:
            self._looks[name] = known = source, self._look(name, source)
        return known[1]

    def _look(self, name: str, source: ApplicationSource) -> ServiceLook:
        service, umbrella = source.service(name), source.files.chart_yaml
        branch = self._branch(name, service, service.policy.branch)
        image, *more = (self._choose_image(each, branch, source)[1] for each in service.declared(name))
        keys = [each.key for each in service.declared(name)[1:]]
        chart_name = service_charts.chart_name(umbrella, name)
        quarantined = quarantine.quarantined_versions(source.quarantine, chart_name)
        offered = self._charts(name, chart_name, source)
        chart = service_charts.choose(
            umbrella, name, offered=offered, constraint=service.charts, quarantined=quarantined
        )
        if chart.new:
            chart = service_charts.pinned(chart, scalar_history.chart_pin(source, name))
        choices = dict(zip(keys, more, strict=True))
        in_chart = service.tags_in == "chart"
        return ServiceLook(name, branch, image, choices, offered, chart, quarantined, chart_name, in_chart)

    def look_ahead(self, source: ApplicationSource) -> None:
        """Look at all services, side by side: first what each is read from, branches of one repository in turn, then the rest.
        What goes wrong is told to whoever looks at that service."""
        services = source.application.services
        by_git = sorted(services, key=lambda each: services[each].git)
        together = [tuple(names) for _, names in groupby(by_git, key=lambda each: services[each].git)]
        images = {image.repository for name, service in services.items() for image in service.declared(name)}
        reads: list[Callable[[], object]] = [
            *(partial(self._read_branches, names, source) for names in together),
            *(partial(self._tags_of, repository) for repository in sorted(images)),
            partial(self._read_charts, source),
        ]
        side_by_side.each(_quietly, reads, AT_ONCE)
        if len(services) > 1:
            side_by_side.each(_quietly, [partial(self.look, name, source) for name in services], AT_ONCE)

    def _read_branches(self, names: Sequence[str], source: ApplicationSource) -> None:
        for name in names:
            service = source.service(name)
            _quietly(partial(self._branch, name, service, service.policy.branch))

    def _read_charts(self, source: ApplicationSource) -> None:
        """Of the first service, and of those that the same question tells."""
        for name in [*source.application.services][:1]:
            self._charts(name, service_charts.chart_name(source.files.chart_yaml, name), source)

    def explain(self, key: str, source: ApplicationSource) -> Explained:
        """The choice of an image, what was seen for it, and what its policy says of each tag. Raises as `look`."""
        image = source.application.images[key]
        branch = self._branch(image.service, source.service(image.service), image.policy.branch)
        policy, choice, seen = self._choose_image(image, branch, source)
        return choice, seen, policy.rulings(seen)

    def explain_own(
        self, key: str, source: ApplicationSource, environment: str, rejected: frozenset[str]
    ) -> Explained:
        """The same of an image whose tag an environment keeps itself; of those that are `rejected` there none is chosen."""
        image = source.application.own_images(environment)[key]
        branch = self._branch(image.service, source.service(image.service), image.policy.branch)
        policy, choice, seen = self._choose_image(image, branch, source, Own(environment, rejected))
        before = " or before it" if source.application.environments[environment].after else ""
        failed = f"a version with it failed in {environment}{before}"
        rulings = (
            replace(each, dropped_by=failed) if each.dropped_by and each.tag in rejected else each
            for each in policy.rulings(seen)
        )
        return choice, seen, tuple(rulings)

    @property
    def builds(self) -> Mapping[str, tuple[Build, ...]]:
        """By key of the image, as far as `look` has seen it: what is in use and what was chosen. Nobody is asked."""
        return {
            key: tuple(dict.fromkeys(filter(None, (each.current, each.build))))
            for _, look in self._looks.values()
            for key, each in look.images.items()
        }

    @property
    def chosen(self) -> Mapping[str, TakenUp]:
        """What is known of images that were chosen, by <repository>:<tag>. Nobody is asked."""
        return self._chosen

    def committed(self, name: str, commit: str) -> None:
        """The service's branch got a commit of ours on top of the head that was seen."""
        self._heads[name] = commit
        moved = {
            (seen.git.url, seen.git.branch)
            for key, seen in self._branches.items()
            if key[0] == name and isinstance(seen, ServiceBranch)
        }
        # Other services of the same branch find it there.
        for at in moved:
            self._heads_of.pop(at, None)
        for key, seen in [*self._branches.items()]:
            if key[0] == name or (
                isinstance(seen, ServiceBranch) and (seen.git.url, seen.git.branch) in moved
            ):
                del self._branches[key]
                self._looks.pop(key[0], None)

    def published(self, name: str) -> None:
        """The chart repository got a version of the service's chart."""
        self._looks.pop(name, None)
        self._offered.pop(name, None)

    def _branch(self, name: str, service: Service, branch: str) -> ServiceBranch:
        return _once(self._branches, (name, branch), lambda: self._read_branch(name, service, branch))

    def _read_branch(self, name: str, service: Service, branch: str) -> ServiceBranch:
        git = self._systems.git(service.git, branch)
        ours = self._heads.get(name) if branch == service.policy.branch else None
        head = ours or self._head(git)
        changes = self._changes_of(git, head)
        commits = {each.commit.sha: each.commit for each in changes}
        folder = posixpath.normpath(service.chart)
        history = service_history.of_branch(changes, folder, service.paths)
        if not history.chart and len(changes) == HISTORY_LIMIT and (older := git.last_change(head, folder)):
            history = replace(history, older_chart=older.sha)
            commits[older.sha] = older
        return ServiceBranch(git, head, commits, history)

    def _head(self, git: GitRepository) -> str:
        """Several services may have one branch: it is asked for once."""
        at = git.url, git.branch
        if at not in self._heads_of:
            self._heads_of[at] = self._systems.head_of(git)
        return self._heads_of[at]

    def _changes_of(self, git: GitRepository, head: str) -> list[CommitChanges]:
        at = git.url, head
        if at not in self._changes:
            self._changes[at] = git.changes(head, HISTORY_LIMIT)
        return self._changes[at]

    def _tags_of(self, repository: str) -> list[str]:
        return _once(self._tags, repository, lambda: self._systems.tags(repository))

    def _choose_image(
        self,
        image: DeclaredImage,
        branch: ServiceBranch,
        source: ApplicationSource,
        own: Own | None = None,
    ) -> tuple[ImagePolicy, ImageChoice, SeenTags]:
        policy, seen = self._seen_tags(image, branch, source, own)
        choice, seen = self._selected(policy, seen, image.repository, branch)
        if choice.build and (pin := self._pin(image, branch, source, own)):
            choice, seen = self._selected(policy, replace(seen, pin=pin), image.repository, branch)
        if choice.build and (known := seen.images.get(choice.build.tag)):
            self._chosen[known.reference] = taken_up.of(known, choice.build.commit)
        return policy, chart_tags.safe(choice, image) if image.in_chart else choice, seen

    def _pin(
        self, image: DeclaredImage, branch: ServiceBranch, source: ApplicationSource, own: Own | None
    ) -> Pin | None:
        if own:
            return scalar_history.own_pin(source, image, own.environment)
        if not image.in_chart:
            return scalar_history.image_pin(source, image.key)
        path = chart_tags.values_path(source.service(image.service).chart)
        return scalar_history.chart_image_pin(branch.git, branch.head, path, image)

    def _seen_tags(
        self, image: DeclaredImage, branch: ServiceBranch, source: ApplicationSource, own: Own | None
    ) -> tuple[ImagePolicy, SeenTags]:
        repository, service, history = image.repository, source.service(image.service), branch.history
        tags = self._tags_of(repository)
        place = f"{HEADWAY_YAML} {f'environments.{own.environment}' if own else image.place}.policy"
        policy = image_policies.of(image.policy, f"{place}.kind")
        if image.policy.match is not None:
            tag_pattern.check_image(image.policy.match, len(tags), f"{place}.match")
        seen = SeenTags(
            tags=tags,
            current=self._tag(image, branch, source, own),
            newest_first=history.commits,
            own=branch.own,
            quarantined=quarantine.quarantined_tags(source.quarantine, repository)
            | (own.rejected if own else frozenset()),
            content=_content(service, branch),
        )
        return policy, seen

    def _tag(
        self, image: DeclaredImage, branch: ServiceBranch, source: ApplicationSource, own: Own | None
    ) -> str:
        if own:
            return own_tags.tag(source.files, source.application, own.environment, image.key)
        if not image.in_chart:
            return own_scalars.tag(source.files, source.application, image.key)
        return branch.tag_in_chart(image, branch.head, source.service(image.service).chart)

    def _selected(
        self, policy: ImagePolicy, seen: SeenTags, image: str, branch: ServiceBranch
    ) -> tuple[ImageChoice, SeenTags]:
        """The choice, with all that was asked for before it was made."""
        while not isinstance(answer := policy.select(seen), ImageChoice):
            match answer:
                case ImagesWanted(tags):
                    read = side_by_side.each(partial(self._image, image), tags, AT_ONCE)
                    images = dict(zip(tags, read, strict=True))
                    seen = replace(seen, images={**seen.images, **images})
                case CommitsWanted(short_shas):
                    older = {each: _is_of(branch, each) for each in short_shas}
                    seen = replace(seen, older={**seen.older, **older})
        return answer, seen

    def _image(self, repository: str, tag: str) -> Image:
        registry = self._systems.registry_of_declared

        def read() -> Image:
            return registry(repository).found(repository, tag) or Image(repository, tag, "")

        return _once(self._images, (repository, tag), read)

    def _charts(self, name: str, chart_name: str, source: ApplicationSource) -> list[ChartEntry]:
        def read() -> list[ChartEntry]:
            url = source.application.environments[source.application.first_environment].charts
            others = {
                each: service_charts.chart_name(source.files.chart_yaml, each)
                for each in source.application.services
                if each not in self._offered
            }
            found = self._systems.chart_repository(url).entries_beside(chart_name, others.values())
            self._offered |= {each: [*found[chart]] for each, chart in others.items() if chart in found}
            return [*found[chart_name]]

        return _once(self._offered, name, read)


def _quietly(read: Callable[[], object]) -> None:
    with suppress(Exception):
        read()


def _once(known: dict[_K, _T | HeadwayError], key: _K, read: Callable[[], _T]) -> _T:
    """What `read` gave or raised the first time."""
    if key not in known:
        try:
            known[key] = read()
        except HeadwayError as error:
            known[key] = error
    found = known[key]
    if isinstance(found, HeadwayError):
        raise found
    return found


def _content(service: Service, branch: ServiceBranch) -> Mapping[str, str]:
    """What of the service each commit holds, where builds of several may hold the same: of a repository of several services, and
    where the chart itself changes with each image."""
    history, own = branch.history, branch.own
    if service.tags_in == "chart":
        return {sha: history.code_commit(sha, own) or "" for sha in history.commits}
    return {sha: history.content_commit(sha) for sha in history.commits} if service.has_folders else {}


def _is_of(branch: ServiceBranch, short_sha: str) -> bool:
    """Whether the branch has it, however old it is."""
    commit = branch.git.resolve(short_sha)
    return commit is not None and branch.git.is_ancestor(commit, branch.head)

"""What the commits of services are told: how far the images that were built of them have come, environment by environment."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from headway.decide.review.proposal_text import no_command
from headway.decide.supply.image_policies import Build
from headway.formats.markdown import fenced
from headway.formats.tag_commit import commit_in_tag
from headway.formats.visible import visible
from headway.model.application import Application
from headway.model.checks import CommitStatus, State
from headway.model.record import ReleaseRecord

REJECTIONS = 5
"""Of an environment, the newest ones, that are told of."""
NOT_LABELLED: Mapping[tuple[str, str], str] = {}
COMMENT_LIMIT = 20_000
"""Characters of a reason; GitHub takes some 65,000."""
_UNDER_WAY = ("started", "deployed", "interrupted")


@dataclass(frozen=True, slots=True)
class Told:
    service: str
    commit: str
    """In full, or its start, as tag or label have it."""
    status: CommitStatus
    comment: str = ""
    """What a status is too short for; empty for nothing."""


@dataclass(frozen=True, slots=True)
class _Said:
    inputs: tuple[str, ...]
    state: State
    what: str
    why: str = ""

    @property
    def description(self) -> str:
        return f"{self.what}: {' '.join(self.why.split())}" if self.why else self.what


def unnamed(record: ReleaseRecord, application: Application) -> frozenset[tuple[str, str]]:
    """Repository and digest of the images whose tag names no commit: what their labels say of it is worth asking."""
    images = (image for said in _says(record) for image in _images(said.inputs, _services(application)))
    return frozenset((each.repository, each.digest) for each in images if each.digest and not each.commit)


def of(
    record: ReleaseRecord,
    application: Application,
    view: str,
    labelled: Mapping[tuple[str, str], str] = NOT_LABELLED,
) -> list[Told]:
    """By what the record of an environment says now. `view`: address of the release view, for the links; `labelled`: commits that
    the labels of images name, by repository and digest.

    What passed its tests outweighs that it is tried once more, and that outweighs a rejection of before: an image may have been
    rejected in a set of which something else was guilty.
    """
    name = f"headway/{record.application}/{record.environment}"
    link = f"{view.rstrip('/')}/releases/{record.application}/{record.environment}"
    services = _services(application)
    found: dict[tuple[str, str], Told] = {}
    for said in _says(record):
        comment = _comment(said, link) if said.why else ""
        for image in _images(said.inputs, services):
            if commit := image.commit or labelled.get((image.repository, image.digest), ""):
                status = CommitStatus(name, said.state, said.description, link)
                found[image.service, commit] = Told(image.service, commit, status, comment)
    return _joined(found.values(), application)


_WORST_FIRST: tuple[State, ...] = ("failure", "pending", "success")


def _joined(told: Iterable[Told], application: Application) -> list[Told]:
    """One of each commit, also where services share a repository: of a name the newest status counts, and the worst is to."""
    by_commit: dict[tuple[str, str, str], list[Told]] = {}
    for each in told:
        by_commit.setdefault((*_branch(application, each.service), each.commit), []).append(each)
    return [_worst(each) for each in by_commit.values()]


def _worst(told: list[Told]) -> Told:
    worst = min(told, key=lambda each: _WORST_FIRST.index(each.status.state))
    same = [each for each in told if each.status == worst.status]
    if len(same) == len(told):
        return worst
    whose = ", ".join(each.service for each in same)
    return replace(worst, status=replace(worst.status, description=f"{whose}: {worst.status.description}"))


def _branch(application: Application, service: str) -> tuple[str, str]:
    """Address and branch of its repository."""
    found = application.services[service]
    return found.git, found.policy.branch


def _comment(said: _Said, link: str) -> str:
    """What others wrote stands in a code block: no host reads names, links or commands there."""
    why = visible(said.why)[:COMMENT_LIMIT].strip().splitlines()
    return "\n".join([f"**{said.what}**", "", *fenced(map(no_command, why)), f"[The release]({link})"])


def built(builds: Mapping[str, Iterable[Build]], application: Application, view: str) -> list[Told]:
    """That there are images of these commits, which the application holds or is to hold. `builds`: by key of the image."""
    references: dict[tuple[str, str], list[str]] = {}
    first: dict[tuple[str, str], str] = {}
    for key, image in application.images.items():
        # Services that share a repository share its commits.
        service = first.setdefault(_branch(application, image.service), image.service)
        for build in builds.get(key, ()):
            if build.commit:
                references.setdefault((service, build.commit), []).append(f"{image.repository}:{build.tag}")
    name, page = f"headway/{application.application}", f"{view.rstrip('/')}/applications/"
    return [
        Told(
            service,
            commit,
            CommitStatus(
                name,
                "success",
                f"built: {', '.join(each.rpartition('/')[2] for each in images)}",
                f"{page}{application.application}/deliveries/{quote(images[0])}",
            ),
        )
        for (service, commit), images in references.items()
    ]


def _says(record: ReleaseRecord) -> Iterator[_Said]:
    """What outweighs comes later."""
    rejections = sorted(record.rejections, key=lambda each: each.at)[-REJECTIONS:]
    for rejection in rejections:
        what = f"{rejection.version} went back in {record.environment}"
        yield _Said(rejection.inputs, "failure", what, rejection.reason)
    newest = record.attempts[0] if record.attempts else None
    if newest and newest.kind == "release" and newest.outcome in _UNDER_WAY:
        what = f"{newest.version} is released to {record.environment} and tested"
        yield _Said(newest.inputs, "pending", what)
    if good := record.last_good:
        what = f"{good.version} passed its tests in {record.environment}"
        yield _Said(good.inputs, "success", what)


def _services(application: Application) -> Mapping[str, str]:
    """By repository of an image."""
    return {image.repository: image.service for image in application.images.values()}


@dataclass(frozen=True, slots=True)
class _Image:
    service: str
    repository: str
    digest: str
    """Empty where no package recorded it."""
    commit: str
    """That its tag names."""


def _images(inputs: tuple[str, ...], services: Mapping[str, str]) -> Iterator[_Image]:
    """Of those inputs that are images of a service."""
    for each in inputs:
        kind, _, rest = each.partition(" ")
        repository, _, version = rest.partition(" ")
        tag, _, digest = version.partition("@")
        if kind == "image" and repository in services:
            yield _Image(services[repository], repository, digest, commit_in_tag(tag))

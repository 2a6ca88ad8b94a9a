"""What the commits of services are told: how far the images that were built of them have come, environment by environment."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from headway.decide.supply.image_policies import Build
from headway.formats.tag_commit import commit_in_tag
from headway.model.application import Application
from headway.model.checks import CommitStatus, State
from headway.model.record import ReleaseRecord

REJECTIONS = 5
"""Of an environment, the newest ones, that are told of."""
NOT_LABELLED: Mapping[tuple[str, str], str] = {}
_UNDER_WAY = ("started", "deployed", "interrupted")


@dataclass(frozen=True, slots=True)
class Told:
    service: str
    commit: str
    """In full, or its start, as tag or label have it."""
    status: CommitStatus


def unnamed(record: ReleaseRecord, application: Application) -> frozenset[tuple[str, str]]:
    """Repository and digest of the images whose tag names no commit: what their labels say of it is worth asking."""
    images = (image for inputs, *_ in _says(record) for image in _images(inputs, _services(application)))
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
    for inputs, state, description in _says(record):
        for image in _images(inputs, services):
            if commit := image.commit or labelled.get((image.repository, image.digest), ""):
                status = CommitStatus(name, state, description, link)
                found[image.service, commit] = Told(image.service, commit, status)
    return list(found.values())


def built(builds: Mapping[str, Iterable[Build]], application: Application, view: str) -> list[Told]:
    """That there are images of these commits, which the application holds or is to hold. `builds`: by key of the image."""
    references: dict[tuple[str, str], list[str]] = {}
    for key, image in application.images.items():
        for build in builds.get(key, ()):
            if build.commit:
                references.setdefault((image.service, build.commit), []).append(
                    f"{image.repository}:{build.tag}"
                )
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


def _says(record: ReleaseRecord) -> Iterator[tuple[tuple[str, ...], State, str]]:
    """What outweighs comes later."""
    rejections = sorted(record.rejections, key=lambda each: each.at)[-REJECTIONS:]
    for rejection in rejections:
        why = " ".join(rejection.reason.split())
        yield rejection.inputs, "failure", f"{rejection.version} went back in {record.environment}: {why}"
    newest = record.attempts[0] if record.attempts else None
    if newest and newest.kind == "release" and newest.outcome in _UNDER_WAY:
        yield newest.inputs, "pending", f"{newest.version} is released to {record.environment} and tested"
    if good := record.last_good:
        yield good.inputs, "success", f"{good.version} passed its tests in {record.environment}"


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

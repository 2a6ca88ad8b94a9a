"""What the commits of services are told: how far the images that were built of them have come, environment by environment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from headway.formats.tag_commit import commit_in_tag
from headway.model.application import Application
from headway.model.checks import CommitStatus, State
from headway.model.record import ReleaseRecord

REJECTIONS = 5
"""Of an environment, the newest ones, that are told of."""
_UNDER_WAY = ("started", "deployed", "interrupted")


@dataclass(frozen=True, slots=True)
class Told:
    service: str
    commit: str
    """As the tag has it: in full, or its start."""
    status: CommitStatus


def of(record: ReleaseRecord, application: Application, view: str) -> list[Told]:
    """By what the record of an environment says now. `view`: address of the release view, for the links.

    What passed its tests outweighs that it is tried once more, and that outweighs a rejection of before: an image may have been
    rejected in a set of which something else was guilty.
    """
    name = f"headway/{record.application}/{record.environment}"
    link = f"{view.rstrip('/')}/releases/{record.application}/{record.environment}"
    services = _services(application)
    found: dict[tuple[str, str], Told] = {}
    for inputs, state, description in _says(record):
        for service, commit in _commits(inputs, services):
            found[service, commit] = Told(service, commit, CommitStatus(name, state, description, link))
    return list(found.values())


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
    return {image.repository: key.partition(".")[0] for key, image in application.images.items()}


def _commits(inputs: tuple[str, ...], services: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Of those inputs that are images of a service, whose tag names a commit."""
    for each in inputs:
        kind, _, rest = each.partition(" ")
        repository, _, version = rest.partition(" ")
        commit = commit_in_tag(version.partition("@")[0])
        if kind == "image" and repository in services and commit:
            yield services[repository], commit

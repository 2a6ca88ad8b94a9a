"""Which change somebody means: an image, a commit or a version of the application; and the versions that hold it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from headway.decide.review.tracing import same_commit
from headway.errors import BadInput
from headway.formats import chart_version, image_reference
from headway.formats.tag_commit import commit_in_tag
from headway.model.charts import ChartEntry
from headway.model.edits import Commit
from headway.model.record import ReleaseRecord
from headway.model.release_history import HistoryEntry, HistoryImage, ServiceChart
from headway.model.report import StageResult

ID_LIMIT = 300
"""Letters of what a change is named by."""


@dataclass(frozen=True, slots=True)
class Version:
    """A package of the application, wherever it was met. What nobody knows is empty, or None."""

    version: str
    digest: str = ""
    commit: str = ""
    """Of the application's repository."""
    committed_at: datetime | None = None
    source: str = ""
    images: tuple[HistoryImage, ...] = ()
    charts: tuple[ServiceChart, ...] = ()
    was_withdrawn: bool = False
    """It was withdrawn where it was made: what came with it comes anew with a later one."""


@dataclass(frozen=True, slots=True)
class Place:
    """An environment of the application, as far as it is known."""

    environment: str
    entries: tuple[HistoryEntry, ...] = ()
    """Newest first."""
    record: ReleaseRecord | None = None
    offered: tuple[ChartEntry, ...] | None = ()
    """What its chart repository offers of the application; None where that is not known."""
    repository: str = ""
    trouble: tuple[str, ...] = ()
    way: tuple[str, ...] = ()
    """Environments that a version passes to come here, the first one first, this one last; empty where that is not known."""
    where: str = ""
    """Which release it is, where others say that they are it too."""

    @property
    def title(self) -> str:
        return f"{self.environment} ({self.where})" if self.where else self.environment

    @property
    def running(self) -> HistoryEntry | None:
        return next((each for each in self.entries if each.status == "deployed"), None)

    @property
    def is_seen(self) -> bool:
        return bool(self.environment)


UNSEEN = Place("", offered=None)
"""Stands where an environment is that whoever looks may not see, so that none after it is taken for the first."""


@dataclass(frozen=True, slots=True)
class Change:
    what: str
    images: tuple[HistoryImage, ...] = ()
    """What came with it."""
    versions: tuple[Version, ...] = ()
    """That hold it, the lowest first."""
    is_version: bool = False
    """It is one package, and not what later ones hold too."""
    services: tuple[str, ...] = ()
    """Of its images, as reports name them."""

    @property
    def is_unknown(self) -> bool:
        return not self.images and not self.versions


def versions(places: Sequence[Place], packages: Mapping[str, Version]) -> tuple[Version, ...]:
    """All that are met anywhere, the lowest first. `packages`: what was read of packages that no history tells of, by digest."""
    found: dict[str, Version] = {}
    for place in places:
        for entry in place.entries:
            _add(
                found,
                Version(
                    entry.version,
                    entry.chart_digest,
                    entry.commit,
                    entry.committed_at,
                    entry.source,
                    entry.images,
                    entry.charts,
                ),
            )
        for each in place.offered or ():
            known = packages.get(each.digest)
            _add(found, known or Version(each.version, each.digest, each.commit))
    records = (place.record for place in places)
    withdrawn = {
        each.version for record in records if record for each in record.rejections if each.was_withdrawn
    }
    told = (replace(each, was_withdrawn=each.version in withdrawn) for each in found.values())
    return tuple(sorted(told, key=lambda each: chart_version.precedence(each.version)))


def _add(found: dict[str, Version], each: Version) -> None:
    """Each package once; of two with the same version, the first."""
    known = found.get(each.version)
    if known is None or known.version == "":
        found[each.version] = each
        return
    found[each.version] = replace(
        known,
        digest=known.digest or each.digest,
        commit=known.commit or each.commit,
        committed_at=known.committed_at or each.committed_at,
        source=known.source or each.source,
        images=known.images or each.images,
        charts=known.charts or each.charts,
    )


def change(
    what: str,
    every: Sequence[Version],
    commits: Iterable[Commit] = (),
    lines: Iterable[StageResult] = (),
) -> Change:
    """`every`: as `versions` gives them. `commits`: of the application's repository. `lines`: of the newest reports."""
    if exact := next((each for each in every if what and what in (each.version, each.digest)), None):
        return _of_version(what, exact, every)
    images = _matching(what, every) or _taken_up(what, commits)
    if images:
        holding = tuple(each for each in every if any(_holds(each, image) for image in images))
        return Change(what, images, holding, services=_services(images))
    if found := next((each for each in every if same_commit(what, each.commit)), None):
        return _of_version(what, found, every)
    return _left_alone(what, every, lines)


def _of_version(what: str, version: Version, every: Sequence[Version]) -> Change:
    new = new_images(version, every)
    return Change(what, new, (version,), is_version=True, services=_services(new))


def new_images(version: Version, every: Sequence[Version]) -> tuple[HistoryImage, ...]:
    """The images that the next lower version which was not withdrawn does not have. All images of the first version; none
    where it is not known what the lower one has."""
    below = [
        each
        for each in every
        if chart_version.is_above(version.version, each.version) and not each.was_withdrawn
    ]
    if not below:
        return version.images
    before = below[-1]
    return tuple(each for each in version.images if before.images and not _holds(before, each))


def _matching(what: str, every: Sequence[Version]) -> tuple[HistoryImage, ...]:
    found = {
        image.reference: image
        for version in every
        for image in version.images
        if what and (what in (image.reference, image.tag, image.digest) or same_commit(what, image.commit))
    }
    return tuple(found.values())


def _taken_up(what: str, commits: Iterable[Commit]) -> tuple[HistoryImage, ...]:
    """Images that a commit names and no package holds yet."""
    images = (image for commit in commits for image in images_of(commit))
    return tuple(
        {
            image.reference: image
            for image in images
            if what in (image.reference, image.tag) or same_commit(what, image.commit)
        }.values()
    )


def images_of(commit: Commit) -> tuple[HistoryImage, ...]:
    """That a commit of Headway's took up, by its trailer."""
    if not commit.is_own:
        return ()
    found = ((image_named(each.reference), each) for each in commit.images)
    return tuple(
        replace(image, digest=said.digest or image.digest, commit=said.commit or image.commit)
        for image, said in found
        if image
    )


def image_named(reference: str) -> HistoryImage | None:
    try:
        read = image_reference.parse(reference)
    except BadInput:
        return None
    return HistoryImage(read.repository, read.tag, read.digest, commit_in_tag(read.tag))


def _left_alone(what: str, every: Sequence[Version], lines: Iterable[StageResult]) -> Change:
    """The image of a tag that a report names, and that nothing took up: its repository is known by the service."""
    repositories = {
        service: image.repository
        for version in every
        for image in version.images
        for service in _services((image,))
    }
    for line in lines:
        words = {each.strip(".,;:()") for each in f"{line.outcome} {line.why}".split()}
        if line.subject in repositories and what in words:
            image = HistoryImage(repositories[line.subject], what, commit=commit_in_tag(what))
            return Change(what, (image,), services=(line.subject,))
    return Change(what)


def _services(images: Iterable[HistoryImage]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.chart or each.repository.rpartition("/")[2] for each in images))


def _holds(version: Version, image: HistoryImage) -> bool:
    return any(
        (each.repository, each.tag, each.digest if not each.tag else "")
        == (image.repository, image.tag, image.digest if not image.tag else "")
        for each in version.images
    )


@dataclass(frozen=True, slots=True)
class Recent:
    """A version of the application, and what came with it, for a list."""

    version: str
    images: tuple[HistoryImage, ...]
    commit: str
    at: datetime | None


def recent(places: Sequence[Place], every: Sequence[Version], limit: int) -> tuple[Recent, ...]:
    """The highest versions, with when each was first met."""

    def first_met(version: str) -> datetime | None:
        began = [e.at for place in places for e in place.entries if e.version == version and e.at]
        offered = [e.created for place in places for e in place.offered or () if e.version == version]
        return min([*began, *offered], default=None)

    newest = every[::-1][:limit]
    return tuple(Recent(e.version, new_images(e, every), e.commit, first_met(e.version)) for e in newest)

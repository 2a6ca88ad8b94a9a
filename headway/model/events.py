"""What is said about an application, on resource `headway.application.<name>`.

A hint comes in and only says "look now": what is done depends on what is seen. A fact goes out, in the past tense.
"""

from dataclasses import dataclass, fields
from typing import ClassVar

RESOURCE_PREFIX = "headway.application."


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events; what a kind adds to the application is its payload."""

    name: ClassVar[str]
    application: str

    @property
    def resource_id(self) -> str:
        return f"{RESOURCE_PREFIX}{self.application}"

    @property
    def payload(self) -> dict[str, str]:
        return {each: str(getattr(self, each)) for each in self.payload_keys()}

    @classmethod
    def payload_keys(cls) -> tuple[str, ...]:
        return tuple(each.name for each in fields(cls) if each.name != "application")


@dataclass(frozen=True, slots=True)
class ImagePushed(Event):
    """CI pushed an image."""

    name: ClassVar[str] = "headway.image.pushed"
    repository: str
    """Without the tag."""
    tag: str


@dataclass(frozen=True, slots=True)
class GitPushed(Event):
    """Somebody pushed to a branch of the application's or of a service's repository."""

    name: ClassVar[str] = "headway.git.pushed"
    url: str
    branch: str


@dataclass(frozen=True, slots=True)
class ChartsChanged(Event):
    """Somebody wrote into a chart repository."""

    name: ClassVar[str] = "headway.charts.changed"
    address: str


@dataclass(frozen=True, slots=True)
class ReleaseEvent(Event):
    """Base of the facts about a release."""

    environment: str
    version: str
    """What runs now; of a decision, what it is about."""
    run: str
    """Id of the flow run that did it."""


@dataclass(frozen=True, slots=True)
class ReleaseTested(ReleaseEvent):
    """A version was released, and passed its tests."""

    name: ClassVar[str] = "headway.release.tested"
    why: str = ""
    """What led to it, in sentences for people."""


@dataclass(frozen=True, slots=True)
class ReleaseOffered(ReleaseEvent):
    """A version has passed its tests where other environments come after: it may be due there. Told of no last environment, since
    nothing follows from it: of fifty that follow one, each would start a look at all fifty."""

    name: ClassVar[str] = "headway.release.offered"


@dataclass(frozen=True, slots=True)
class ReleaseWaits(ReleaseEvent):
    """A version waits for a person's approval; `run` is the one to answer."""

    name: ClassVar[str] = "headway.release.waits"
    why: str = ""
    """What led to it, in sentences for people."""


@dataclass(frozen=True, slots=True)
class ReleaseRolledBack(ReleaseEvent):
    """The release went back to a version that was good."""

    name: ClassVar[str] = "headway.release.rolled-back"
    why: str = ""
    """What led to it, in sentences for people."""


@dataclass(frozen=True, slots=True)
class ReleaseFrozen(ReleaseEvent):
    """Nothing is done to the release until it is lifted; also told as a decision."""

    name: ClassVar[str] = "headway.release.frozen"
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class ReleaseDrifted(ReleaseEvent):
    """Live objects are not what the release says. Told once a day as long as it is so."""

    name: ClassVar[str] = "headway.release.drifted"
    drift: str
    """Objects and fields, without values."""


@dataclass(frozen=True, slots=True)
class ReleaseDecided(ReleaseEvent):
    """A person or Headway decided something about the release: an entry of its audit."""

    name: ClassVar[str] = "headway.release.decided"
    decision: str
    """Such as "approved"; see headway.model.audit."""
    by: str
    why: str
    at: str
    """RFC 3339."""
    digest: str
    """Of the package that it is about; empty where it is about none."""


HINTS: tuple[type[Event], ...] = (ImagePushed, GitPushed, ChartsChanged)
FACTS: tuple[type[Event], ...] = (
    ReleaseTested,
    ReleaseOffered,
    ReleaseWaits,
    ReleaseRolledBack,
    ReleaseFrozen,
    ReleaseDrifted,
    ReleaseDecided,
)
STARTS_DELIVER: tuple[type[Event], ...] = (*HINTS, ReleaseOffered)
"""What may be news for `deliver`: a tested version is due in the environments that follow."""

"""What an image policy is asked and answers, whatever its kind."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from headway.decide.supply.pins import Pin


@dataclass(frozen=True, slots=True)
class Build:
    """A tag, and the commit of the service's branch that it was built from."""

    tag: str
    commit: str


@dataclass(frozen=True, slots=True)
class SeenTags:
    """What one look saw of a service's images and its branch."""

    tags: Collection[str]
    current: str
    """The tag that the application holds; empty where it holds none."""
    newest_first: Sequence[str]
    """SHAs of the branch."""
    own: Collection[str] = frozenset()
    """Those that are commits of Headway's own."""
    quarantined: Collection[str] = frozenset()
    """Tags that must not be chosen."""
    revisions: Mapping[str, str] = field(default_factory=dict)
    """The commit that an image is labelled with, by tag, of those that were asked for; empty for one without label."""
    pin: Pin | None = None
    """A person wrote `current`: only what is newer than what they left may take its place."""


@dataclass(frozen=True, slots=True)
class ImageChoice:
    """The build to move to, None to stay; `why` is one sentence for people."""

    build: Build | None
    why: str
    builds: tuple[Build, ...] = ()
    """All that are to be had: of a commit of the branch, and not under quarantine."""
    current: Build | None = None
    """The one of `builds` that the application holds."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a policy says of one tag."""

    tag: str
    commit: str
    """SHA; empty where the tag names none of the branch."""
    dropped_by: str
    """The rule, as a clause; empty for what may be chosen."""


@dataclass(frozen=True, slots=True)
class LabelsWanted:
    """The choice depends on what these images are labelled with: ask again with their `revisions`."""

    tags: tuple[str, ...]


class ImagePolicy(Protocol):
    """One kind of policy with its settings; pure."""

    def select(self, seen: SeenTags) -> ImageChoice | LabelsWanted: ...

    def rulings(self, seen: SeenTags) -> tuple[Ruling, ...]:
        """One for each tag, for people who ask why: what may be chosen first, the newest of it at the top."""

"""What an image policy is asked and answers, whatever its kind."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from headway.decide.supply.pins import Pin
from headway.model.images import Image

NO_ORDER = "no order"
"""How a sentence begins that says why nobody can tell what is newest."""


@dataclass(frozen=True, slots=True)
class Build:
    """A tag, and the commit of the service's branch that it was built from."""

    tag: str
    commit: str
    """SHA; empty where neither tag nor label name one of the branch."""


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
    images: Mapping[str, Image] = field(default_factory=dict)
    """By tag, of those that were asked for; without a digest where the registry has it no more."""
    older: Mapping[str, bool] = field(default_factory=dict)
    """By short SHA, of those that were asked for: whether it is a commit of the branch, before all of `newest_first`."""
    content: Mapping[str, str] = field(default_factory=dict)
    """For each commit, the last one up to it that touched the service; empty where the whole repository is the service's."""
    pin: Pin | None = None
    """A person wrote `current`: only what is newer than what they left may take its place."""


@dataclass(frozen=True, slots=True)
class ImageChoice:
    """The build to move to, None to stay; `why` is one sentence for people."""

    build: Build | None
    why: str
    builds: tuple[Build, ...] = ()
    """All that are to be had and are not under quarantine, as far as they were looked at; those that tags or labels name a
    commit for say which code there is an image of."""
    current: Build | None = None
    """The one of `builds` that the application holds."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """By tag: what would have been chosen, and why it is not, as a clause."""
    is_open: bool = False
    """Somebody has to act: nothing is in use yet, or nobody can say what is newest."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a policy says of one tag."""

    tag: str
    commit: str
    """SHA; empty where the tag names none of the branch."""
    dropped_by: str
    """The rule, as a clause; empty for what may be chosen."""


@dataclass(frozen=True, slots=True)
class ImagesWanted:
    """The choice depends on what the registry says of these: ask again with their `images`."""

    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CommitsWanted:
    """The choice depends on where these commits stand: ask again with `older`."""

    short_shas: tuple[str, ...]


Wanted = ImagesWanted | CommitsWanted


class ImagePolicy(Protocol):
    """One kind of policy with its settings; pure."""

    def select(self, seen: SeenTags) -> ImageChoice | Wanted: ...

    def rulings(self, seen: SeenTags) -> tuple[Ruling, ...]:
        """One for each tag, for people who ask why: what may be chosen first, the newest of it at the top."""

"""What follows from a failure or from tests: found by headway.decide.release.blame, told by sentences.py."""

from dataclasses import dataclass
from typing import Literal

Trial = Literal["release", "tests"]
"""What a version went through: its rollout, or its tests."""
Role = Literal["last good", "held", "adopted"]
"""What may fail and is never to blame."""


@dataclass(frozen=True, slots=True)
class LastGood:
    """It passed its tests."""

    version: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """`version` is to blame and is not released again."""

    version: str
    reason: str
    tested_against: str
    """The version whose tests pass in the same place; empty where nothing was good before."""


@dataclass(frozen=True, slots=True)
class NotLetIn:
    """The API server refuses `version`: nothing was changed, and it is not released again."""

    version: str
    reason: str


@dataclass(frozen=True, slots=True)
class SeenOnce:
    """`version` looks guilty; it is tried once more before it is rejected."""

    version: str
    reason: str


@dataclass(frozen=True, slots=True)
class EnvironmentFrozen:
    """Nothing is released until a person has looked."""

    why: str


@dataclass(frozen=True, slots=True)
class GoesBack:
    """`version` failed, and what was good before it comes back."""

    trial: Trial
    version: str
    reason: str
    to_version: str


@dataclass(frozen=True, slots=True)
class TriedAgain:
    """Its surroundings may be to blame: nothing is decided yet."""

    trial: Trial
    version: str
    reason: str
    role: Literal["candidate"] | Role


@dataclass(frozen=True, slots=True)
class Compared:
    """What is adopted was held against what Headway would have made of the same version."""

    offered: bool
    """The repository has a package of that version."""
    changes: int = 0
    """Resources in which it differs; none: it is that package."""


Finding = LastGood | Rejected | NotLetIn | SeenOnce | EnvironmentFrozen | GoesBack | TriedAgain | Compared

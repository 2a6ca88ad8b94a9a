"""What can be done about a release: one type for each action, with what it needs to be done."""

from dataclasses import dataclass
from datetime import datetime

from headway.decide.release.observation import ReleaseFingerprint, Revision
from headway.decide.release.rollback_target import Target
from headway.model.record import Good


@dataclass(frozen=True, slots=True)
class Install:
    """Bring `fingerprint` into a place where no release is."""

    fingerprint: ReleaseFingerprint


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Replace what runs by `fingerprint`."""

    fingerprint: ReleaseFingerprint


@dataclass(frozen=True, slots=True)
class Test:
    """Run the tests of `deployed`, which holds `fingerprint`."""

    deployed: Revision
    fingerprint: ReleaseFingerprint
    is_experiment: bool
    """Last good runs again after another version failed: its tests tell whether that version or the environment is to blame."""

    __test__ = False


@dataclass(frozen=True, slots=True)
class RollBack:
    target: Target


@dataclass(frozen=True, slots=True)
class Correct:
    """Apply what is deployed once more, because live objects have drifted from it."""

    deployed: Revision
    fingerprint: ReleaseFingerprint
    drift: tuple[str, ...] = ()
    """How live objects differ, as sentences."""


@dataclass(frozen=True, slots=True)
class Unlock:
    """Mark a pending revision as failed, because the Helm that wrote it is no longer running."""

    pending: Revision


@dataclass(frozen=True, slots=True)
class Adopt:
    """Make a release that was made by hand Headway's; good once it has passed its tests."""

    deployed: Revision


@dataclass(frozen=True, slots=True)
class Accept:
    """Take over a revision that somebody made by their own Helm, such as `helm rollback`, and that holds what was good here."""

    deployed: Revision
    good: Good


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again later."""

    until: datetime | None = None
    """None where no time is known."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is nothing to do, or nothing that may be done."""


Action = Install | Upgrade | Test | RollBack | Correct | Unlock | Adopt | Accept | Wait | Nothing


def word(action: Action) -> str:
    """The action's name, such as "RollBack"."""
    return type(action).__name__

"""What an action came to, as states of runs and reports read it: a reason code and facts, never prose."""

from dataclasses import dataclass
from enum import StrEnum

from headway.decide.release.findings import Finding
from headway.decide.release.rollback_target import Target


class Reason(StrEnum):
    INSTALL_SUCCEEDED = "InstallSucceeded"
    INSTALL_FAILED = "InstallFailed"
    UPGRADE_SUCCEEDED = "UpgradeSucceeded"
    UPGRADE_FAILED = "UpgradeFailed"
    TEST_SUCCEEDED = "TestSucceeded"
    TEST_FAILED = "TestFailed"
    TEST_DISCARDED = "TestDiscarded"
    """What was tested had been replaced when the tests ended."""
    ROLLBACK_SUCCEEDED = "RollbackSucceeded"
    ROLLBACK_FAILED = "RollbackFailed"
    CORRECTION_SUCCEEDED = "CorrectionSucceeded"
    CORRECTION_FAILED = "CorrectionFailed"
    UNINSTALL_SUCCEEDED = "UninstallSucceeded"
    UNLOCKED = "Unlocked"
    ADOPTED = "Adopted"
    ACCEPTED = "Accepted"
    """What somebody brought back by hand is taken for what it is."""


FAILED_TO_COME = frozenset({Reason.INSTALL_FAILED, Reason.UPGRADE_FAILED})
ROLLED_BACK = frozenset({Reason.ROLLBACK_SUCCEEDED, Reason.ROLLBACK_FAILED, Reason.UNINSTALL_SUCCEEDED})
"""The release went back, or was about to."""


@dataclass(frozen=True, slots=True)
class ActionResult:
    """`version` and `revision` are those the action was about; `seconds` is what Helm took."""

    reason: Reason
    version: str
    revision: int = 0
    seconds: float = 0.0
    target: Target | None = None
    """Of a rollback."""
    finding: Finding | None = None

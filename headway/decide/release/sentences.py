"""Results and findings as sentences for people: the one place where a reason code becomes prose."""

from typing import assert_never

from headway.decide.release import rollback_target
from headway.decide.release.findings import (
    Compared,
    EnvironmentFrozen,
    Finding,
    GoesBack,
    LastGood,
    NotLetIn,
    Rejected,
    SeenOnce,
    TriedAgain,
)
from headway.decide.release.results import ActionResult, Reason


def of_result(result: ActionResult) -> str:
    if result.reason is Reason.ADOPTED:
        compared = f" {of_finding(result.finding)}" if result.finding else ""
        return f"Revision {result.revision} ({result.version}) is adopted: its tests decide whether it is good.{compared}"
    if result.finding:
        return of_finding(result.finding)
    done = f"{result.version} is deployed as revision {result.revision} after {result.seconds:.1f} s."
    match result.reason:
        case Reason.INSTALL_SUCCEEDED | Reason.UPGRADE_SUCCEEDED:
            return done
        case Reason.CORRECTION_SUCCEEDED:
            return f"{result.version} is applied once more, as revision {result.revision} after {result.seconds:.1f} s."
        case Reason.ROLLBACK_SUCCEEDED | Reason.UNINSTALL_SUCCEEDED:
            return _back(result)
        case Reason.TEST_DISCARDED:
            return f"Revision {result.revision} was replaced while its tests ran: their result is discarded."
        case Reason.UNLOCKED:
            return f"Revision {result.revision} was left pending and is marked failed."
        case Reason.ACCEPTED:
            return f"Revision {result.revision} is {result.version} again, brought back by hand."
        case (
            Reason.INSTALL_FAILED
            | Reason.UPGRADE_FAILED
            | Reason.TEST_SUCCEEDED
            | Reason.TEST_FAILED
            | Reason.ROLLBACK_FAILED
            | Reason.CORRECTION_FAILED
            | Reason.ADOPTED
        ):
            return f"{result.reason}: {result.version}, revision {result.revision}."
        case _:
            assert_never(result.reason)


def of_finding(finding: Finding) -> str:
    match finding:
        case LastGood(version):
            return f"{version} passed its tests: it is last good."
        case Rejected(version, reason, ""):
            return f"{version} failed ({reason}), and nothing was good before: it is barred."
        case Rejected(version, reason, _):
            return f"{version} is to blame and barred: {reason}."
        case NotLetIn(version, reason):
            return f"{version} is refused before anything was changed, and barred: {reason}."
        case SeenOnce(version, reason):
            return f"{version} looks guilty ({reason}): it is tried once more before it is rejected."
        case EnvironmentFrozen(why):
            return f"Frozen: {why}."
        case GoesBack(trial, version, reason, to_version):
            return f"The {trial} of {version} failed ({reason}): back to {to_version}."
        case TriedAgain(trial, version, reason, "candidate"):
            return f"The {trial} of {version} failed for what does not speak against it ({reason}): tried again later."
        case TriedAgain(trial, version, reason, role):
            return f"The {trial} of {role} {version} failed ({reason}): tried again later."
        case Compared(offered=False):
            return "The chart repository does not offer that version."
        case Compared(changes=0):
            return "It is what the chart repository offers as that version."
        case Compared(changes=changes):
            return f"What the chart repository offers as that version differs in {changes} of its resources: see the plan."
        case _:
            assert_never(finding)


def _back(result: ActionResult) -> str:
    said = rollback_target.sentence(result.target) if result.target else ""
    if result.reason is Reason.UNINSTALL_SUCCEEDED:
        return said
    return f"{said} It runs as revision {result.revision} after {result.seconds:.1f} s."

"""What the rows of decision.py ask of an observation: one question each, with yes or no as its answer."""

from headway.decide.release import corrections, retries
from headway.decide.release.observation import Observation, failed_conclusively, same


def wants_nothing(o: Observation) -> bool:
    return o.wanted is None


def may_not_unlock(o: Observation) -> bool:
    return not o.may_unlock


def was_not_begun_by_headway(o: Observation) -> bool:
    return o.foreign or (o.newest is not None and o.newest.status == "uninstalling")


def may_adopt(o: Observation) -> bool:
    return o.adopt and o.deployed == o.newest


def failed_by_itself(o: Observation) -> bool:
    attempt = o.newest_attempt
    if o.newest is not None and o.newest == o.deployed and o.suspect is not None:
        return True
    rejected = o.record is not None and attempt is not None and o.record.rejects(attempt.chart_digest)
    return attempt is not None and (rejected or (attempt.kind == "release" and failed_conclusively(attempt)))


def was_rollback(o: Observation) -> bool:
    return o.newest_attempt is not None and o.newest_attempt.kind == "rollback"


def may_not_go_forward(o: Observation) -> bool:
    return o.wanted is None or bool(o.policy_freeze)


def something_else_is_wanted(o: Observation) -> bool:
    attempt = o.newest_attempt
    return attempt is not None and o.wanted is not None and not same(attempt, o.wanted)


def tests_cool_down(o: Observation) -> bool:
    attempt = o.newest_attempt
    return attempt is not None and attempt.outcome == "tests-failed" and retries.is_cooling_down(o)


def wanted_was_tried(o: Observation) -> bool:
    """What is wanted was tried, neither passed nor was excused: helm failed before it wrote a revision."""
    return o.tried is not None and o.tried.outcome in {"failed", "interrupted", "started"}


def desired_images_moved(o: Observation) -> bool:
    return bool(o.desired_images_trouble)


def target_images_moved(o: Observation) -> bool:
    return bool(o.target_images_trouble)


def may_go_past(o: Observation) -> bool:
    """Something else than what failed may come in, in place of what cannot come back."""
    failed = o.suspect or o.newest_attempt
    moves_on = o.wanted is not None and not (failed and same(failed, o.wanted))
    return target_images_moved(o) and moves_on and not may_not_go_forward(o) and not desired_images_moved(o)


def hold_in_reach(o: Observation) -> bool:
    return o.hold_in_reach


def corrects_drift(o: Observation) -> bool:
    return o.corrects_drift


def cannot_be_corrected(o: Observation) -> bool:
    return o.corrects_drift and o.drift_unchangeable


def correction_would_lose(o: Observation) -> bool:
    return o.corrects_drift and bool(o.drift_loses)


def corrected_in_vain(o: Observation) -> bool:
    return o.corrects_drift and o.record is not None and corrections.in_vain(o.record, o.drift)


def corrected_just_now(o: Observation) -> bool:
    """Whether the pause after the last correction is not over: what changes the field again is not fought at every look."""
    due = corrections.due(o.record, o.drift) if o.corrects_drift and o.record else None
    return due is not None and o.now < due

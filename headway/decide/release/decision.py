"""Choose the one action that a state calls for: one table, the first row of the state that holds decides."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from headway.decide.release import advice, corrections, rollback_target
from headway.decide.release.actions import (
    Accept,
    Action,
    Adopt,
    Correct,
    Install,
    Nothing,
    RollBack,
    Test,
    Unlock,
    Upgrade,
    Wait,
)
from headway.decide.release.failure_cause import LIMIT, pause_after
from headway.decide.release.observation import Observation, failed_conclusively, same
from headway.decide.release.state import State
from headway.decide.supply import image_digests
from headway.model.record import Attempt


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now and why, as a sentence."""

    action: Action
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    """Holds where its condition does, and where what its action needs is there."""

    state: State
    holds: Callable[[Observation], bool]
    action: Callable[[Observation], Action | None]
    sentence: str
    """A format string; its fields are those of `_facts`."""

    def choose(self, observation: Observation) -> Action | None:
        return self.action(observation) if self.holds(observation) else None


def _install(o: Observation) -> Action | None:
    return Install(o.wanted) if o.wanted else None


def _upgrade(o: Observation) -> Action | None:
    return Upgrade(o.wanted) if o.wanted else None


def _test(o: Observation) -> Action | None:
    if o.deployed is None or o.running is None:
        return None
    return Test(o.deployed, o.running, is_experiment=o.runs_rollback_target and o.suspect is not None)


def _roll_back(o: Observation) -> Action | None:
    target = rollback_target.automatic(o)
    return RollBack(target) if target else None


def _correct(o: Observation) -> Action | None:
    return Correct(o.deployed, o.running, o.drift) if o.deployed and o.running else None


def _wait_to_correct(o: Observation) -> Action | None:
    return Wait(corrections.due(o.record, o.drift)) if o.record else None


def _unlock(o: Observation) -> Action | None:
    return Unlock(o.newest) if o.newest else None


def _adopt(o: Observation) -> Action | None:
    return Adopt(o.deployed) if o.deployed else None


def _accept(o: Observation) -> Action | None:
    return Accept(o.newest, o.restored) if o.newest and o.restored else None


def _wait(o: Observation) -> Action | None:
    attempt = _retried(o)
    return Wait(_due(attempt) if attempt and _is_cooling_down(o) else None)


def _nothing(_: Observation) -> Action | None:
    return Nothing()


def _always(_: Observation) -> bool:
    return True


def _wants_nothing(o: Observation) -> bool:
    return o.wanted is None


def _may_not_unlock(o: Observation) -> bool:
    return not o.may_unlock


def _is_not_of_our_doing(o: Observation) -> bool:
    return o.foreign or (o.newest is not None and o.newest.status == "uninstalling")


def _may_adopt(o: Observation) -> bool:
    return o.adopt and o.deployed == o.newest


def _failed_by_itself(o: Observation) -> bool:
    attempt = o.newest_attempt
    if o.newest is not None and o.newest == o.deployed and o.suspect is not None:
        return True
    rejected = o.record is not None and attempt is not None and o.record.rejects(attempt.chart_digest)
    return attempt is not None and (rejected or (attempt.kind == "release" and failed_conclusively(attempt)))


def _was_rollback(o: Observation) -> bool:
    return o.newest_attempt is not None and o.newest_attempt.kind == "rollback"


def _may_not_go_forward(o: Observation) -> bool:
    return o.wanted is None or bool(o.policy_freeze)


def _was_something_else(o: Observation) -> bool:
    attempt = o.newest_attempt
    return attempt is not None and o.wanted is not None and not same(attempt, o.wanted)


def _is_cooling_down(o: Observation) -> bool:
    attempt = _retried(o)
    return attempt is not None and o.now < _due(attempt)


def _tests_cool_down(o: Observation) -> bool:
    attempt = o.newest_attempt
    return attempt is not None and attempt.outcome == "tests-failed" and _is_cooling_down(o)


def _was_tried(o: Observation) -> bool:
    """What is wanted was tried, neither passed nor was excused: helm failed before it wrote a revision."""
    return o.tried is not None and o.tried.outcome in {"failed", "interrupted", "started"}


def _desired_moved(o: Observation) -> bool:
    return bool(o.images_of_desired)


def _target_moved(o: Observation) -> bool:
    return bool(o.images_of_target)


def _may_go_past(o: Observation) -> bool:
    """Something else than what failed may come in, in place of what cannot come back."""
    failed = o.suspect or o.newest_attempt
    moves_on = o.wanted is not None and not (failed and same(failed, o.wanted))
    return _target_moved(o) and moves_on and not _may_not_go_forward(o) and not _desired_moved(o)


def _hold_in_reach(o: Observation) -> bool:
    return o.hold_in_reach


def _corrects(o: Observation) -> bool:
    return o.corrects_drift


def _cannot_be_corrected(o: Observation) -> bool:
    return o.corrects_drift and o.drift_unchangeable


def _correction_would_lose(o: Observation) -> bool:
    return o.corrects_drift and bool(o.drift_loses)


def _corrected_in_vain(o: Observation) -> bool:
    return o.corrects_drift and o.record is not None and corrections.in_vain(o.record, o.drift)


def _corrected_just_now(o: Observation) -> bool:
    """Whatever changes it once more is not fought with at every look."""
    due = corrections.due(o.record, o.drift) if o.corrects_drift and o.record else None
    return due is not None and o.now < due


FAILED, UNTESTED, OUT_OF_SYNC = State.FAILED, State.UNTESTED, State.OUT_OF_SYNC

ROWS: tuple[Row, ...] = (
    Row(State.UNKNOWN, _always, _wait, "Something did not answer ({trouble}): look again later."),
    Row(State.FROZEN, _always, _nothing, "{freeze}"),
    Row(State.ABSENT, _wants_nothing, _nothing, "There is no version to install. {why}"),
    Row(
        State.ABSENT,
        _is_cooling_down,
        _wait,
        "{failed} could not be installed ({reason}): again at {until}.",
    ),
    Row(State.ABSENT, _desired_moved, _wait, "{wanted} is not installed: {moved}. {put_back}"),
    Row(State.ABSENT, _always, _install, "{wanted} is wanted and nothing is installed."),
    Row(
        State.UNMANAGED,
        _may_adopt,
        _adopt,
        "A person asks to adopt revision {newest}: it is good once it has passed its tests.",
    ),
    Row(
        State.UNMANAGED,
        lambda o: o.record is None,
        _nothing,
        "A release that Headway has no record of is in this place; it stays as it is. {adopt}",
    ),
    Row(
        State.UNMANAGED,
        lambda o: o.restored is not None,
        _accept,
        "Revision {newest} is {restored} again, which was good here: somebody went back by hand.",
    ),
    Row(
        State.UNMANAGED,
        _always,
        _nothing,
        "Revision {newest} was made by hand; it is left alone. {adopt}",
    ),
    Row(
        State.LOCKED,
        _is_not_of_our_doing,
        _wait,
        "Revision {newest} is in progress and was not begun by Headway: it is left alone.",
    ),
    Row(
        State.LOCKED,
        _may_not_unlock,
        _wait,
        "Another run is at work on revision {newest}.",
    ),
    Row(State.LOCKED, _always, _unlock, "Revision {newest} was left pending by a run that is no more."),
    Row(
        FAILED,
        _may_go_past,
        _upgrade,
        "{failed} failed ({reason}), and what was good cannot come back: {moved}. {wanted} is wanted by now.",
    ),
    Row(
        FAILED,
        _target_moved,
        _wait,
        "{failed} failed ({reason}), and what was good cannot come back: {moved}. {put_back}",
    ),
    Row(FAILED, _failed_by_itself, _roll_back, "{failed} failed ({reason}). {target}"),
    Row(FAILED, _failed_by_itself, _nothing, "There is nothing to go back to."),
    Row(
        FAILED,
        lambda o: _was_rollback(o) and _is_cooling_down(o),
        _wait,
        "The way back failed: again at {until}.",
    ),
    Row(FAILED, _was_rollback, _roll_back, "The way back did not arrive. {target}"),
    Row(
        FAILED,
        lambda o: o.desired_unknown,
        _wait,
        "{failed} was cut off, and something did not answer ({trouble}): it is tried again.",
    ),
    Row(
        FAILED,
        _may_not_go_forward,
        _roll_back,
        "{failed} was cut off and is not wanted any more. {target}",
    ),
    Row(
        FAILED,
        _may_not_go_forward,
        _nothing,
        "{failed} was cut off, and there is nothing to go on with.",
    ),
    Row(
        FAILED,
        _desired_moved,
        _wait,
        "{failed} was cut off{because}. {wanted} does not come in: {moved}. {put_back}",
    ),
    Row(
        FAILED,
        _was_something_else,
        _upgrade,
        "{failed} was cut off{because}; {wanted} is wanted by now.",
    ),
    Row(
        FAILED,
        _is_cooling_down,
        _wait,
        "{failed} failed for its surroundings ({reason}): again at {until}.",
    ),
    Row(FAILED, _always, _upgrade, "{failed} was cut off{because}: try {tries} of {limit}."),
    Row(
        UNTESTED,
        _tests_cool_down,
        _wait,
        "Tests failed for their surroundings ({reason}): again at {until}.",
    ),
    Row(
        UNTESTED,
        lambda o: o.suspect is not None and o.runs_rollback_target,
        _test,
        "{running}, which was good, runs again: its tests tell whether {suspect} is to blame or the environment.",
    ),
    Row(UNTESTED, _always, _test, "{running} runs and has not passed its tests."),
    Row(OUT_OF_SYNC, _target_moved, _wait, "{hold} It cannot come back: {moved}. {put_back}"),
    Row(
        OUT_OF_SYNC,
        _hold_in_reach,
        _roll_back,
        "{hold} {target}",
    ),
    Row(
        OUT_OF_SYNC,
        _wants_nothing,
        _nothing,
        "{hold} That version is not in the record, and the repository does not offer it. {trouble}",
    ),
    Row(
        OUT_OF_SYNC,
        lambda o: _was_tried(o) and _is_cooling_down(o),
        _wait,
        "{wanted} failed for its surroundings ({reason}): again at {until}.",
    ),
    Row(OUT_OF_SYNC, _desired_moved, _wait, "{wanted} is not released: {moved}. {put_back}"),
    Row(OUT_OF_SYNC, _always, _upgrade, "{wanted} is wanted, {running} runs."),
    Row(
        State.DRIFTED,
        _cannot_be_corrected,
        _nothing,
        "Live objects differ from {running}: {drift}. It cannot be applied once more. Where a field cannot be changed, "
        "delete the object, which loses what it holds: then the release makes it again. What is not valid any more it could "
        "not make: keep the object, and release a version that has it right.",
    ),
    Row(
        State.DRIFTED,
        _correction_would_lose,
        _nothing,
        "Live objects differ from {running}: {drift}. It is not applied once more, for nobody has said that this may go: {lost}. "
        "Scale it back by hand, or release a version that has as many.",
    ),
    Row(
        State.DRIFTED,
        _corrected_in_vain,
        _nothing,
        "Live objects differ again from {running}: {drift}. It was applied once more {corrections} times in a row, and "
        "{somebody} changed it back each time: it is left so. Let the chart leave out that field, or end what sets it; {release} "
        "corrects it again.",
    ),
    Row(
        State.DRIFTED,
        _corrected_just_now,
        _wait_to_correct,
        "Live objects differ again from {running}: {drift}. It is applied once more at {until}.",
    ),
    Row(
        State.DRIFTED,
        _corrects,
        _correct,
        "Live objects differ from {running}: {drift}. It is applied once more.",
    ),
    Row(
        State.DRIFTED,
        _always,
        _nothing,
        "{running} is wanted and deployed, but live objects differ: {drift}.",
    ),
    Row(State.HELD, _always, _nothing, "{hold} {lift_hold} {trouble}"),
    Row(
        State.IN_SYNC,
        _wants_nothing,
        _nothing,
        "{running} runs; there is no other version to release. {why}",
    ),
    Row(State.IN_SYNC, _always, _nothing, "{running} is wanted, deployed and tested."),
)


def choose(state: State, observation: Observation) -> Decision:
    row, action = next(
        (row, action) for row in ROWS if row.state == state and (action := row.choose(observation))
    )
    why = row.sentence.format(**_facts(observation, action)).strip()
    if observation.images_unknown and isinstance(action, Install | Upgrade | RollBack):
        unknown = ", ".join(observation.images_unknown)
        why = f"{why} No registry says whether these images are still what was published: {unknown}."
    return Decision(action, why)


def _retried(o: Observation) -> Attempt | None:
    """The attempt that may be repeated: that of the newest revision if it ended badly, else of what is
    wanted.
    """
    newest = o.newest_attempt
    if newest is not None and newest.outcome in {"failed", "tests-failed", "interrupted", "started"}:
        return newest
    if (
        o.tried is not None
        and o.tried.outcome in {"failed", "interrupted", "started"}
        and o.tried.cause != "version"
    ):
        return o.tried
    return None


def _due(attempt: Attempt) -> datetime:
    return (attempt.ended_at or attempt.started_at) + pause_after(attempt)


def _closed(o: Observation) -> str:
    by_policy = f"Frozen by policy: {o.policy_freeze}" if o.policy_freeze else ""
    return ". ".join(filter(None, (by_policy, f"Frozen: {o.went_back}" if o.went_back else "")))


def _facts(o: Observation, action: Action) -> dict[str, object]:
    until = action.until if isinstance(action, Wait) else None
    tried = _retried(o)
    failed = tried or o.suspect or o.newest_attempt
    return {
        "wanted": o.wanted.version if o.wanted else "nothing",
        "running": o.running.version if o.running else "nothing",
        "newest": o.newest.revision if o.newest else "none",
        "failed": failed.version if failed else "it",
        "suspect": o.suspect.version if o.suspect else "nothing",
        "reason": (failed.reason if failed else "") or "cut off",
        "because": f" ({failed.reason})" if failed and failed.reason else "",
        "tries": tried.tries + 1 if tried else 1,
        "limit": LIMIT,
        "until": f"{until:%Y-%m-%dT%H:%M:%SZ}" if until else "",
        "target": rollback_target.sentence(action.target) if isinstance(action, RollBack) else "",
        "hold": f"{o.hold.by} holds {o.hold.version}: {o.hold.why}." if o.hold else "",
        "lift_hold": f"{advice.lift(o.ref, 'hold')} ends it, or something newer than {o.hold.not_above}."
        if o.hold
        else "",
        "freeze": _frozen(o),
        "adopt": _how_to_adopt(o),
        "restored": o.restored.version if o.restored else "nothing",
        "why": o.why_desired,
        "trouble": o.trouble,
        "drift": ", ".join(o.drift),
        "lost": "; ".join(o.drift_loses),
        "corrections": corrections.LIMIT,
        "somebody": ", ".join(o.drift_by) or "somebody",
        "release": advice.release(o.ref),
        "moved": o.images_of_target or o.images_of_desired,
        "put_back": image_digests.NEXT_STEP,
    }


def _how_to_adopt(o: Observation) -> str:
    adopted = f"{advice.adopt(o.ref)} makes it Headway's."
    return adopted if o.newest == o.deployed else f"Once helm has brought it up, {adopted}"


def _frozen(o: Observation) -> str:
    freeze = o.record.freeze if o.record else None
    if freeze is None:
        return f"{_closed(o)}."
    ends = f"{advice.lift(o.ref, 'freeze')} ends it"
    goes_on = f"{advice.release(o.ref)} goes on; " if freeze.cancelled_run else ""
    return f"Frozen by {freeze.by}: {freeze.why}. {goes_on}{ends}."

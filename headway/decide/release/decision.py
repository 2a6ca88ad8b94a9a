"""Choose the one action that a state calls for: one table, the first row of the state that holds decides."""

from collections.abc import Callable
from dataclasses import dataclass

from headway.decide.release import conditions as when
from headway.decide.release import corrections, decision_facts, retries, rollback_target
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
from headway.decide.release.observation import Observation
from headway.decide.release.state import State


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
    """A format string; its fields are the keys of `decision_facts.of`."""

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
    attempt = retries.retried(o)
    return Wait(retries.due(attempt) if attempt and retries.is_cooling_down(o) else None)


def _nothing(_: Observation) -> Action | None:
    return Nothing()


def _always(_: Observation) -> bool:
    return True


FAILED, UNTESTED, OUT_OF_SYNC = State.FAILED, State.UNTESTED, State.OUT_OF_SYNC

ROWS: tuple[Row, ...] = (
    Row(State.UNKNOWN, _always, _wait, "Something did not answer ({trouble}): look again later."),
    Row(State.FROZEN, _always, _nothing, "{freeze}"),
    Row(State.ABSENT, when.wants_nothing, _nothing, "There is no version to install: {why}"),
    Row(
        State.ABSENT,
        retries.is_cooling_down,
        _wait,
        "{failed} could not be installed ({reason}): again at {until}.",
    ),
    Row(State.ABSENT, when.desired_images_moved, _wait, "{wanted} is not installed: {moved}. {put_back}"),
    Row(State.ABSENT, _always, _install, "{wanted} is wanted and nothing is installed."),
    Row(
        State.UNMANAGED,
        when.may_adopt,
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
        when.was_not_begun_by_headway,
        _wait,
        "Revision {newest} is in progress and was not begun by Headway: it is left alone.",
    ),
    Row(
        State.LOCKED,
        when.may_not_unlock,
        _wait,
        "Another run is at work on revision {newest}.",
    ),
    Row(State.LOCKED, _always, _unlock, "Revision {newest} was left pending by a run that is no more."),
    Row(
        FAILED,
        when.may_go_past,
        _upgrade,
        "{failed} failed ({reason}), and what was good cannot come back: {moved}. {wanted} is wanted by now.",
    ),
    Row(
        FAILED,
        when.target_images_moved,
        _wait,
        "{failed} failed ({reason}), and what was good cannot come back: {moved}. {put_back}",
    ),
    Row(FAILED, when.failed_by_itself, _roll_back, "{failed} failed ({reason}). {target}"),
    Row(FAILED, when.failed_by_itself, _nothing, "There is nothing to go back to."),
    Row(
        FAILED,
        lambda o: when.was_rollback(o) and retries.is_cooling_down(o),
        _wait,
        "The way back failed: again at {until}.",
    ),
    Row(FAILED, when.was_rollback, _roll_back, "The way back did not arrive. {target}"),
    Row(
        FAILED,
        lambda o: o.desired_unknown,
        _wait,
        "{failed} was cut off, and something did not answer ({trouble}): it is tried again.",
    ),
    Row(
        FAILED,
        when.may_not_go_forward,
        _roll_back,
        "{failed} was cut off and is not wanted any more. {target}",
    ),
    Row(
        FAILED,
        when.may_not_go_forward,
        _nothing,
        "{failed} was cut off, and there is nothing to go on with.",
    ),
    Row(
        FAILED,
        when.desired_images_moved,
        _wait,
        "{failed} was cut off{because}. {wanted} does not come in: {moved}. {put_back}",
    ),
    Row(
        FAILED,
        when.something_else_is_wanted,
        _upgrade,
        "{failed} was cut off{because}; {wanted} is wanted by now.",
    ),
    Row(
        FAILED,
        retries.is_cooling_down,
        _wait,
        "{failed} failed for its surroundings ({reason}): again at {until}.",
    ),
    Row(FAILED, _always, _upgrade, "{failed} was cut off{because}: try {tries} of {limit}."),
    Row(
        UNTESTED,
        when.tests_cool_down,
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
    Row(OUT_OF_SYNC, when.target_images_moved, _wait, "{hold} It cannot come back: {moved}. {put_back}"),
    Row(
        OUT_OF_SYNC,
        when.hold_in_reach,
        _roll_back,
        "{hold} {target}",
    ),
    Row(
        OUT_OF_SYNC,
        when.wants_nothing,
        _nothing,
        "{hold} That version is not in the record, and the repository does not offer it. {trouble}",
    ),
    Row(
        OUT_OF_SYNC,
        lambda o: when.wanted_was_tried(o) and retries.is_cooling_down(o),
        _wait,
        "{wanted} failed for its surroundings ({reason}): again at {until}.",
    ),
    Row(OUT_OF_SYNC, when.desired_images_moved, _wait, "{wanted} is not released: {moved}. {put_back}"),
    Row(OUT_OF_SYNC, _always, _upgrade, "{wanted} is wanted, {running} runs."),
    Row(
        State.DRIFTED,
        when.cannot_be_corrected,
        _nothing,
        "Live objects differ from {running}: {drift}. It cannot be applied once more. Where a field cannot be changed, "
        "delete the object, which loses what it holds: then the release makes it again. What is not valid any more it could "
        "not make: keep the object, and release a version that has it right.",
    ),
    Row(
        State.DRIFTED,
        when.correction_would_lose,
        _nothing,
        "Live objects differ from {running}: {drift}. It is not applied once more, for nobody has said that this may go: {lost}. "
        "Scale it back by hand, or release a version that has as many.",
    ),
    Row(
        State.DRIFTED,
        when.corrected_in_vain,
        _nothing,
        "Live objects differ again from {running}: {drift}. It was applied once more {corrections} times in a row, and "
        "{somebody} changed it back each time: it is left so. Let the chart leave out that field, or end what sets it; {release} "
        "corrects it again.",
    ),
    Row(
        State.DRIFTED,
        when.corrected_just_now,
        _wait_to_correct,
        "Live objects differ again from {running}: {drift}. It is applied once more at {until}.",
    ),
    Row(
        State.DRIFTED,
        when.corrects_drift,
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
        when.wants_nothing,
        _nothing,
        "{running} runs; there is no other version to release: {why}",
    ),
    Row(State.IN_SYNC, _always, _nothing, "{running} is wanted, deployed and tested."),
)


def choose(state: State, observation: Observation) -> Decision:
    row, action = next(
        (row, action) for row in ROWS if row.state == state and (action := row.choose(observation))
    )
    why = row.sentence.format(**decision_facts.of(observation, action)).strip()
    if observation.images_unknown and isinstance(action, Install | Upgrade | RollBack):
        unknown = ", ".join(observation.images_unknown)
        why = f"{why} No registry says whether these images are still what was published: {unknown}."
    return Decision(action, why)

"""Name the state of a release: one table, the first row that holds decides."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from headway.decide.release.observation import PENDING, Observation, failed_conclusively


class State(StrEnum):
    ABSENT = "Absent"
    LOCKED = "Locked"
    FAILED = "Failed"
    UNTESTED = "Untested"
    OUT_OF_SYNC = "OutOfSync"
    DRIFTED = "Drifted"
    IN_SYNC = "InSync"
    UNMANAGED = "Unmanaged"
    HELD = "Held"
    FROZEN = "Frozen"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Row:
    state: State
    holds: Callable[[Observation], bool]
    sentence: str


def _cannot_begin(o: Observation) -> bool:
    return o.desired_unknown and not o.living


def _is_locked(o: Observation) -> bool:
    return o.newest is not None and o.newest.status in PENDING


def _newest_is_not_deployed(o: Observation) -> bool:
    return o.newest is not None and o.newest.status != "deployed"


def _something_stands_rejected(o: Observation) -> bool:
    stands = o.suspect is not None and o.rollback_target is not None and not o.runs_rollback_target
    return stands and not _came_after_what_failed(o)


def _came_after_what_failed(o: Observation) -> bool:
    """What is deployed was brought in past a version that failed, because what was good could not come back."""
    attempts = o.record.attempts if o.record else ()
    later = attempts[: attempts.index(o.suspect)] if o.suspect else ()
    return any(each is o.newest_attempt for each in later)


def _is_removed_by_others(o: Observation) -> bool:
    return (
        o.newest is not None
        and o.newest.status == "uninstalling"
        and (o.foreign or o.rollback_target is not None)
    )


def _is_adopted(o: Observation) -> bool:
    return o.newest_attempt is not None and o.newest_attempt.kind == "adoption"


def _tests_rejected_it(o: Observation) -> bool:
    attempt = o.newest_attempt
    if attempt is None or _is_adopted(o) or o.runs_rollback_target:
        return False
    return attempt.outcome == "tests-failed" and failed_conclusively(attempt)


def _awaits_tests(o: Observation) -> bool:
    if o.deployed is None or o.tested:
        return False
    return o.runs_wanted or o.wanted is None or _is_adopted(o)


def _awaits_experiment(o: Observation) -> bool:
    return o.runs_rollback_target and o.suspect is not None


def _person_goes_back(o: Observation) -> bool:
    return o.hold_in_reach and not o.runs_wanted


def _differs(o: Observation) -> bool:
    return (o.wanted is not None or o.hold is not None) and not o.runs_wanted


ROWS: tuple[Row, ...] = (
    Row(State.UNKNOWN, lambda o: not o.reachable, "The cluster could not be asked."),
    Row(State.FROZEN, lambda o: o.freeze is not None, "A freeze is written in the release record."),
    Row(
        State.FROZEN,
        lambda o: not o.living and o.closed,
        "Policy or the index lets nothing in, and nothing is here.",
    ),
    Row(State.UNKNOWN, _cannot_begin, "Nothing is here, and it is not known what is desired."),
    Row(State.ABSENT, lambda o: not o.living, "There is no release."),
    Row(State.UNMANAGED, lambda o: o.record is None, "There is a release, and Headway has no record of it."),
    Row(State.LOCKED, _is_locked, "The newest revision is pending."),
    Row(State.LOCKED, _is_removed_by_others, "Somebody is uninstalling the release."),
    Row(State.UNMANAGED, lambda o: o.foreign, "The newest revision was not written by Headway."),
    Row(State.FAILED, _newest_is_not_deployed, "The newest revision did not come up."),
    Row(State.FAILED, _tests_rejected_it, "The deployed revision failed its tests."),
    Row(State.FAILED, _something_stands_rejected, "What was tried last failed, and last good does not run."),
    Row(State.UNTESTED, _awaits_experiment, "Last good runs, and what failed before has not been judged."),
    Row(State.OUT_OF_SYNC, _person_goes_back, "A person goes back, which no policy forbids."),
    Row(State.UNTESTED, _awaits_tests, "The deployed revision has not passed its tests."),
    Row(State.UNKNOWN, lambda o: o.desired_unknown, "It is not known what is desired."),
    Row(State.FROZEN, lambda o: o.closed, "Policy lets nothing new in, or the index went back in time."),
    Row(State.OUT_OF_SYNC, _differs, "Something else is wanted than what runs."),
    Row(State.DRIFTED, lambda o: bool(o.drift), "Live objects differ from the deployed revision."),
    Row(State.HELD, lambda o: o.hold is not None, "A person holds what runs."),
    Row(State.IN_SYNC, lambda _: True, "What runs is what is wanted, and it passed its tests."),
)


def name(observation: Observation) -> State:
    return row(observation).state


def row(observation: Observation) -> Row:
    """The row that decides; its sentence is the reason."""
    return next(row for row in ROWS if row.holds(observation))

"""Every state of a release by an observation that has it, and the action that follows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headway.decide.release import action, state
from headway.decide.release.action import Action, choose
from headway.decide.release.failure_cause import LIMIT
from headway.decide.release.observation import Observation, Revision
from headway.decide.release.state import State, name
from headway.model.charts import ChartEntry
from headway.model.record import Attempt, Freeze, Good, Hold, Rejection, ReleaseRecord

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1)


def entry(version: str) -> ChartEntry:
    return ChartEntry("shop", version, f"sha256:{version}", f"shop-{version}.tgz", LONG_AGO)


def good(version: str, revision: int, values: str = "v") -> Good:
    return Good(
        revision=revision,
        chart_digest=f"sha256:{version}",
        values_digest=values,
        version=version,
        tested_at=LONG_AGO,
    )


def attempt(version: str, revision: int, outcome: str, **more: object) -> Attempt:
    return Attempt.model_validate(
        {
            "chart_digest": f"sha256:{version}",
            "values_digest": "v",
            "version": version,
            "revision": revision,
            "started_at": LONG_AGO,
            "outcome": outcome,
            **more,
        }
    )


def revision(number: int, status: str, version: str) -> Revision:
    return Revision(number, status, version, LONG_AGO)


def record(**parts: object) -> ReleaseRecord:
    return ReleaseRecord.model_validate(
        {"application": "shop", "environment": "testing", "release": "shop", **parts}
    )


def look(*revisions: Revision, desired: str | None = "2", **parts: object) -> Observation:
    seen = Observation(
        now=NOW,
        desired=entry(desired) if desired else None,
        values_digest="v",
        revisions=revisions,
        why_desired="why",
    )
    return replace(seen, **parts)  # type: ignore[arg-type]


VERSION = {"cause": "version", "reason": "it broke"}
BUSY = {"cause": "infrastructure", "reason": "429", "ended_at": LONG_AGO}
JUST_NOW = {**BUSY, "ended_at": NOW}
OLD = revision(1, "deployed", "1")
WAS = revision(1, "superseded", "1")
NEW = revision(2, "deployed", "2")
BROKEN = revision(2, "failed", "2")
GOOD_1 = (good("1", 1),)
FREEZE = Freeze(by="ada", why="audit", at=LONG_AGO)
HOLD = Hold(by="ada", why="prices", at=LONG_AGO, version="1", not_above="2")
VERDICT = Rejection(chart_digest="sha256:2", version="2", reason="it broke", at=LONG_AGO)


def upgraded(outcome: str, **more: object) -> ReleaseRecord:
    return record(good=GOOD_1, attempts=(attempt("2", 2, outcome, **more),))


def installed(outcome: str, **more: object) -> ReleaseRecord:
    return record(attempts=(attempt("2", 1, outcome, **more),))


def back(outcome: str, failed: Attempt, **more: object) -> ReleaseRecord:
    return record(good=GOOD_1, attempts=(attempt("1", 3, outcome, kind="rollback", **more), failed))


COPY = (revision(3, "deployed", "1"), BROKEN, WAS)
LOST = attempt("2", 2, "rolled-back", **VERSION)

CASES: dict[str, tuple[Observation, State, Action]] = {
    "API server does not answer": (look(reachable=False, trouble="refused"), State.UNKNOWN, Action.WAIT),
    "nothing there": (look(), State.ABSENT, Action.INSTALL),
    "nothing there, nothing wanted": (look(desired=None), State.ABSENT, Action.NOTHING),
    "nothing there, frozen by policy": (look(policy_freeze="Friday"), State.FROZEN, Action.NOTHING),
    "first install was removed, its version is barred": (
        look(record=record(rejections=(VERDICT,))),
        State.ABSENT,
        Action.NOTHING,
    ),
    "install failed before helm wrote, just now": (
        look(record=installed("failed", **JUST_NOW)),
        State.ABSENT,
        Action.WAIT,
    ),
    "install failed before helm wrote, long ago": (
        look(record=installed("failed", **BUSY)),
        State.ABSENT,
        Action.INSTALL,
    ),
    "killed between record and helm": (look(record=installed("started")), State.ABSENT, Action.INSTALL),
    "uninstalled by hand, history kept": (
        look(revision(1, "uninstalled", "1"), record=record(good=GOOD_1)),
        State.ABSENT,
        Action.INSTALL,
    ),
    "made by hand": (look(OLD), State.UNMANAGED, Action.NOTHING),
    "made by hand, to be adopted": (look(OLD, adopt=True), State.UNMANAGED, Action.ADOPT),
    "made by hand, failed, to be adopted": (
        look(revision(1, "failed", "1"), adopt=True),
        State.UNMANAGED,
        Action.NOTHING,
    ),
    "upgraded by hand": (
        look(revision(2, "deployed", "9"), WAS, record=record(good=GOOD_1)),
        State.UNMANAGED,
        Action.NOTHING,
    ),
    "upgraded by hand, to be adopted": (
        look(revision(2, "deployed", "9"), WAS, record=record(good=GOOD_1), adopt=True),
        State.UNMANAGED,
        Action.ADOPT,
    ),
    "our upgrade is pending": (
        look(revision(2, "pending-upgrade", "2"), OLD, record=upgraded("started")),
        State.LOCKED,
        Action.UNLOCK,
    ),
    "our rollback is pending": (
        look(revision(3, "pending-rollback", "1"), BROKEN, OLD, record=back("started", LOST)),
        State.LOCKED,
        Action.UNLOCK,
    ),
    "our upgrade is pending, another run holds the lease": (
        look(revision(2, "pending-upgrade", "2"), OLD, record=upgraded("started"), may_unlock=False),
        State.LOCKED,
        Action.WAIT,
    ),
    "somebody's helm is at work": (
        look(revision(2, "pending-upgrade", "9"), OLD, record=record(good=GOOD_1)),
        State.LOCKED,
        Action.WAIT,
    ),
    "somebody uninstalls it": (
        look(revision(1, "uninstalling", "1"), record=record(good=GOOD_1)),
        State.LOCKED,
        Action.WAIT,
    ),
    "upgrade did not come up": (
        look(BROKEN, OLD, record=upgraded("failed", **VERSION)),
        State.FAILED,
        Action.ROLL_BACK,
    ),
    "upgrade was cut off once": (look(BROKEN, OLD, record=upgraded("started")), State.FAILED, Action.UPGRADE),
    "upgrade was cut off too often": (
        look(BROKEN, OLD, record=upgraded("interrupted", tries=LIMIT)),
        State.FAILED,
        Action.ROLL_BACK,
    ),
    "upgrade met trouble, just now": (
        look(BROKEN, OLD, record=upgraded("failed", **JUST_NOW)),
        State.FAILED,
        Action.WAIT,
    ),
    "upgrade met trouble, long ago": (
        look(BROKEN, OLD, record=upgraded("failed", **BUSY)),
        State.FAILED,
        Action.UPGRADE,
    ),
    "upgrade met trouble too often": (
        look(BROKEN, OLD, record=upgraded("failed", tries=LIMIT, **BUSY)),
        State.FAILED,
        Action.ROLL_BACK,
    ),
    "upgrade met trouble, something newer is there": (
        look(BROKEN, OLD, desired="3", record=upgraded("failed", **JUST_NOW)),
        State.FAILED,
        Action.UPGRADE,
    ),
    "upgrade was cut off and is not wanted any more": (
        look(BROKEN, OLD, desired=None, record=upgraded("started")),
        State.FAILED,
        Action.ROLL_BACK,
    ),
    "upgrade was cut off, then frozen by policy": (
        look(BROKEN, OLD, policy_freeze="Friday", record=upgraded("started")),
        State.FAILED,
        Action.ROLL_BACK,
    ),
    "tests failed": (
        look(NEW, WAS, record=upgraded("tests-failed", **VERSION)),
        State.FAILED,
        Action.ROLL_BACK,
    ),
    "tests failed, frozen by policy": (
        look(NEW, WAS, policy_freeze="Friday", record=upgraded("tests-failed", **VERSION)),
        State.FAILED,
        Action.ROLL_BACK,
    ),
    "first install failed and was judged": (
        look(
            revision(1, "failed", "2"),
            record=record(attempts=(attempt("2", 1, "failed", **VERSION),), rejections=(VERDICT,)),
        ),
        State.FAILED,
        Action.ROLL_BACK,
    ),
    "removal of a first install was cut off": (
        look(
            revision(1, "uninstalling", "2"),
            record=record(attempts=(attempt("2", 1, "failed", **VERSION),), rejections=(VERDICT,)),
        ),
        State.FAILED,
        Action.ROLL_BACK,
    ),
    "first install was cut off": (
        look(revision(1, "failed", "2"), record=installed("started")),
        State.FAILED,
        Action.UPGRADE,
    ),
    "failed, and nothing is known to go back to": (
        look(BROKEN, revision(1, "superseded", "0"), record=record(attempts=(LOST,))),
        State.FAILED,
        Action.NOTHING,
    ),
    "cut off, not wanted, and nothing is known to go back to": (
        look(
            BROKEN,
            revision(1, "superseded", "0"),
            desired=None,
            record=record(attempts=(attempt("2", 2, "started"),)),
        ),
        State.FAILED,
        Action.NOTHING,
    ),
    "way back was cut off": (
        look(revision(3, "failed", "1"), BROKEN, OLD, record=back("started", LOST)),
        State.FAILED,
        Action.ROLL_BACK,
    ),
    "way back failed just now": (
        look(
            revision(3, "failed", "1"),
            BROKEN,
            OLD,
            record=back("failed", LOST, cause="version", ended_at=NOW),
        ),
        State.FAILED,
        Action.WAIT,
    ),
    "deployed, not tested": (look(NEW, WAS, record=upgraded("deployed")), State.UNTESTED, Action.TEST),
    "deployed, outcome not yet written": (
        look(NEW, WAS, record=upgraded("started")),
        State.UNTESTED,
        Action.TEST,
    ),
    "deployed, not tested, frozen by policy": (
        look(NEW, WAS, policy_freeze="Friday", record=upgraded("deployed")),
        State.UNTESTED,
        Action.TEST,
    ),
    "tests met trouble, just now": (
        look(NEW, WAS, record=upgraded("tests-failed", **JUST_NOW)),
        State.UNTESTED,
        Action.WAIT,
    ),
    "tests met trouble, long ago": (
        look(NEW, WAS, record=upgraded("tests-failed", **BUSY)),
        State.UNTESTED,
        Action.TEST,
    ),
    "rolled back, nobody judged yet": (
        look(*COPY, record=back("deployed", LOST)),
        State.UNTESTED,
        Action.TEST,
    ),
    "failed before helm wrote, last good still runs": (
        look(OLD, record=upgraded("failed", **VERSION)),
        State.UNTESTED,
        Action.TEST,
    ),
    "failed before helm wrote, and what runs was never tested": (
        look(
            NEW,
            WAS,
            desired="3",
            record=record(
                good=GOOD_1, attempts=(attempt("3", 3, "failed", **VERSION), attempt("2", 2, "deployed"))
            ),
        ),
        State.FAILED,
        Action.ROLL_BACK,
    ),
    "newer one is there": (look(OLD, record=record(good=GOOD_1)), State.OUT_OF_SYNC, Action.UPGRADE),
    "values changed, chart did not": (
        look(OLD, desired="1", values_digest="w", record=record(good=GOOD_1)),
        State.OUT_OF_SYNC,
        Action.UPGRADE,
    ),
    "newer one is there, what runs was never tested": (
        look(NEW, WAS, desired="3", record=upgraded("deployed")),
        State.OUT_OF_SYNC,
        Action.UPGRADE,
    ),
    "failed for its surroundings before helm wrote, just now": (
        look(OLD, record=upgraded("failed", **JUST_NOW)),
        State.OUT_OF_SYNC,
        Action.WAIT,
    ),
    "a person goes back": (
        look(NEW, WAS, desired="1", record=record(good=(good("2", 2), *GOOD_1), hold=HOLD)),
        State.OUT_OF_SYNC,
        Action.ROLL_BACK,
    ),
    "a person goes back to what the repository has no more": (
        look(NEW, WAS, desired=None, record=record(good=(good("2", 2), *GOOD_1), hold=HOLD)),
        State.OUT_OF_SYNC,
        Action.ROLL_BACK,
    ),
    "a person goes back during a policy freeze": (
        look(
            NEW,
            WAS,
            desired="1",
            policy_freeze="Friday",
            record=record(good=(good("2", 2), *GOOD_1), hold=HOLD),
        ),
        State.OUT_OF_SYNC,
        Action.ROLL_BACK,
    ),
    "held during a policy freeze is what nobody has": (
        look(NEW, desired=None, policy_freeze="Friday", record=record(good=(good("2", 2),), hold=HOLD)),
        State.FROZEN,
        Action.NOTHING,
    ),
    "back at the held version, policy freezes": (
        look(OLD, desired="1", policy_freeze="Friday", record=record(good=GOOD_1, hold=HOLD)),
        State.FROZEN,
        Action.NOTHING,
    ),
    "the way back to the held version failed just now": (
        look(
            revision(3, "failed", "1"),
            NEW,
            WAS,
            desired="1",
            record=record(
                good=(good("2", 2), *GOOD_1),
                hold=HOLD,
                attempts=(attempt("1", 3, "failed", kind="rollback", cause="version", ended_at=NOW),),
            ),
        ),
        State.FAILED,
        Action.WAIT,
    ),
    "held, and what is desired is not known": (
        look(OLD, desired=None, trouble="S3 is away.", record=record(good=GOOD_1, hold=HOLD)),
        State.HELD,
        Action.NOTHING,
    ),
    "held is what nobody has": (
        look(NEW, desired=None, record=record(good=(good("2", 2),), hold=HOLD)),
        State.OUT_OF_SYNC,
        Action.NOTHING,
    ),
    "held": (look(OLD, desired="1", record=record(good=GOOD_1, hold=HOLD)), State.HELD, Action.NOTHING),
    "newer than what the hold left": (
        look(OLD, desired="3", record=record(good=GOOD_1, hold=HOLD)),
        State.OUT_OF_SYNC,
        Action.UPGRADE,
    ),
    "frozen by a person": (
        look(OLD, record=record(good=GOOD_1, freeze=FREEZE)),
        State.FROZEN,
        Action.NOTHING,
    ),
    "frozen after a failed way back": (
        look(BROKEN, OLD, record=record(good=GOOD_1, freeze=FREEZE)),
        State.FROZEN,
        Action.NOTHING,
    ),
    "frozen by policy": (
        look(OLD, policy_freeze="Friday", record=record(good=GOOD_1)),
        State.FROZEN,
        Action.NOTHING,
    ),
    "edited by hand": (
        look(OLD, desired="1", drift=("Deployment/cart: replicas",), record=record(good=GOOD_1)),
        State.DRIFTED,
        Action.NOTHING,
    ),
    "all as it should be": (
        look(OLD, desired="1", record=record(good=GOOD_1)),
        State.IN_SYNC,
        Action.NOTHING,
    ),
    "the newer one is barred": (
        look(OLD, record=record(good=GOOD_1, rejections=(VERDICT,))),
        State.IN_SYNC,
        Action.NOTHING,
    ),
}


@pytest.mark.parametrize(("seen", "state", "action"), CASES.values(), ids=CASES)
def test_state_and_action(seen: Observation, state: State, action: Action) -> None:
    assert name(seen) is state
    decision = choose(state, seen)
    assert decision.action is action, decision.why
    assert decision.why.endswith((".", "why")), decision.why
    assert "{" not in decision.why
    assert (decision.target is not None) == (action is Action.ROLL_BACK)


def test_every_row_of_both_tables_is_reached() -> None:
    states = {id(state.row(seen)) for seen, *_ in CASES.values()}
    assert [row.sentence for row in state.ROWS if id(row) not in states] == []
    actions = {
        id(next(row for row in action.ROWS if row.state == state and row.holds(seen)))
        for seen, state, _ in CASES.values()
    }
    unreached = [row.sentence for row in action.ROWS if id(row) not in actions]
    assert unreached == []


def test_wait_says_until_when() -> None:
    seen, state, _ = CASES["upgrade met trouble, just now"]
    decision = choose(state, seen)
    assert decision.until == NOW + timedelta(seconds=30)
    assert decision.why == "2 failed for its surroundings (429): again at 2026-11-23T10:00:30Z."


SENTENCES = {
    "upgrade did not come up": "2 failed (it broke). Back to 1, revision 1.",
    "rolled back, nobody judged yet": (
        "1, which was good, runs again: its tests tell whether 2 is to blame or the environment."
    ),
    "a person goes back": "ada holds 1: prices. Back to 1, revision 1.",
    "frozen by a person": "Frozen by ada: audit.",
    "held": "ada holds 1: prices.",
    "held, and what is desired is not known": "ada holds 1: prices. S3 is away.",
    "held is what nobody has": (
        "ada holds 1: prices. That version is not in the record, and the repository does not offer it."
    ),
    "upgrade was cut off once": "2 was cut off (cut off): try 2 of 5.",
    "newer one is there": "2 is wanted, 1 runs.",
    "edited by hand": "1 is wanted and deployed, but live objects differ: Deployment/cart: replicas.",
}


@pytest.mark.parametrize("case", SENTENCES)
def test_sentence(case: str) -> None:
    seen, state, _ = CASES[case]
    assert choose(state, seen).why == SENTENCES[case]

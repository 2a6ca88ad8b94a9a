"""Every state of a release by an observation that has it, and the action that follows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headway.decide.release import decision as table
from headway.decide.release import standing_orders, state
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
    word,
)
from headway.decide.release.decision import choose
from headway.decide.release.failure_cause import LIMIT
from headway.decide.release.observation import Observation, Revision
from headway.decide.release.state import State, name
from headway.model.audit import Said
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


def adoption(outcome: str, **more: object) -> Attempt:
    return attempt("1", 1, outcome, kind="adoption", **more)


def revision(number: int, status: str, version: str, content: str = "") -> Revision:
    return Revision(number, status, version, LONG_AGO, content)


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
BUSY = {"cause": "surroundings", "reason": "429", "ended_at": LONG_AGO}
JUST_NOW = {**BUSY, "ended_at": NOW}
OLD = revision(1, "deployed", "1")
WAS = revision(1, "superseded", "1")
NEW = revision(2, "deployed", "2")
BROKEN = revision(2, "failed", "2")
GOOD_1 = (good("1", 1),)
FREEZE = Freeze(by="ada", why="audit", at=LONG_AGO)
HOLD = Hold(by="ada", why="prices", at=LONG_AGO, version="1", not_above="2")
MOVED = "cart:2 moved"
SINCE = HOLD.model_copy(update={"past_freeze": True})
VERDICT = Rejection(chart_digest="sha256:2", version="2", reason="it broke", at=LONG_AGO)


def upgraded(outcome: str, **more: object) -> ReleaseRecord:
    return record(good=GOOD_1, attempts=(attempt("2", 2, outcome, **more),))


def installed(outcome: str, **more: object) -> ReleaseRecord:
    return record(attempts=(attempt("2", 1, outcome, **more),))


def back(outcome: str, failed: Attempt, **more: object) -> ReleaseRecord:
    return record(good=GOOD_1, attempts=(attempt("1", 3, outcome, kind="rollback", **more), failed))


COPY = (revision(3, "deployed", "1"), BROKEN, WAS)
LOST = attempt("2", 2, "rolled-back", **VERSION)


CORRECTED = (revision(3, "deployed", "1"), WAS)


def corrected(ended_at: datetime, times: int = 1) -> ReleaseRecord:
    """1 was applied once more as revision 3, for the last of so many times in a row, and passed its tests."""
    row = {"Deployment/cart: replicas": times}
    again = attempt("1", 3, "passed", kind="rollback", ended_at=ended_at, corrected=row)
    return record(good=(good("1", 3),), attempts=(again,))


def away(*revisions: Revision, **parts: object) -> Observation:
    """The chart repository does not answer: what is desired is not known."""
    return look(*revisions, desired=None, desired_unknown=True, trouble="S3 is away", **parts)


CASES: dict[str, tuple[Observation, State, type[Action]]] = {
    "API server does not answer": (look(reachable=False, trouble="refused"), State.UNKNOWN, Wait),
    "charts are away, nothing there": (away(), State.UNKNOWN, Wait),
    "charts are away, last good runs": (away(OLD, record=record(good=GOOD_1)), State.UNKNOWN, Wait),
    "charts are away, frozen by a person": (
        away(OLD, record=record(good=GOOD_1, freeze=FREEZE)),
        State.FROZEN,
        Nothing,
    ),
    "charts are away, last good runs, frozen by policy": (
        away(OLD, record=record(good=GOOD_1), policy_freeze="Friday"),
        State.UNKNOWN,
        Wait,
    ),
    "charts are away, upgrade did not come up": (
        away(BROKEN, WAS, record=upgraded("failed", **VERSION)),
        State.FAILED,
        RollBack,
    ),
    "charts are away, tests said no": (
        away(NEW, WAS, record=upgraded("tests-failed", **VERSION)),
        State.FAILED,
        RollBack,
    ),
    "charts are away, the way back was cut off": (
        away(
            revision(3, "failed", "1"),
            BROKEN,
            WAS,
            record=back("started", attempt("2", 2, "rolled-back", **VERSION)),
        ),
        State.FAILED,
        RollBack,
    ),
    "charts are away, rolled back, nobody judged yet": (
        away(*COPY, record=back("deployed", LOST)),
        State.UNTESTED,
        Test,
    ),
    "charts are away, our upgrade is pending": (
        away(revision(2, "pending-upgrade", "2"), OLD, record=upgraded("started")),
        State.LOCKED,
        Unlock,
    ),
    "charts are away, upgrade was cut off": (
        away(BROKEN, WAS, record=upgraded("interrupted")),
        State.FAILED,
        Wait,
    ),
    "charts are away, deployed, not tested": (
        away(NEW, WAS, record=upgraded("deployed")),
        State.UNTESTED,
        Test,
    ),
    "nothing there": (look(), State.ABSENT, Install),
    "nothing there, nothing wanted": (look(desired=None), State.ABSENT, Nothing),
    "nothing there, frozen by policy": (look(policy_freeze="Friday"), State.FROZEN, Nothing),
    "first install was removed, its version is barred": (
        look(record=record(rejections=(VERDICT,))),
        State.ABSENT,
        Nothing,
    ),
    "install failed before helm wrote, just now": (
        look(record=installed("failed", **JUST_NOW)),
        State.ABSENT,
        Wait,
    ),
    "install failed before helm wrote, long ago": (
        look(record=installed("failed", **BUSY)),
        State.ABSENT,
        Install,
    ),
    "install failed by itself before helm wrote, just now, and is tried once more": (
        look(record=installed("failed", **VERSION, ended_at=NOW)),
        State.ABSENT,
        Install,
    ),
    "killed between record and helm for the second time, just now": (
        look(record=installed("started", tries=2, started_at=NOW)),
        State.ABSENT,
        Wait,
    ),
    "killed between record and helm": (look(record=installed("started")), State.ABSENT, Install),
    "uninstalled by hand, history kept": (
        look(revision(1, "uninstalled", "1"), record=record(good=GOOD_1)),
        State.ABSENT,
        Install,
    ),
    "made by hand": (look(OLD), State.UNMANAGED, Nothing),
    "made by hand, to be adopted": (look(OLD, adopt=True), State.UNMANAGED, Adopt),
    "made by hand, failed, to be adopted": (
        look(revision(1, "failed", "1"), adopt=True),
        State.UNMANAGED,
        Nothing,
    ),
    "somebody's first install is at work": (
        look(revision(1, "pending-install", "1")),
        State.UNMANAGED,
        Nothing,
    ),
    "upgraded by hand, and it did not come up": (
        look(revision(2, "failed", "9"), OLD, record=record(good=GOOD_1)),
        State.UNMANAGED,
        Nothing,
    ),
    "upgraded by hand": (
        look(revision(2, "deployed", "9"), WAS, record=record(good=GOOD_1)),
        State.UNMANAGED,
        Nothing,
    ),
    "gone back by hand": (
        look(
            revision(3, "deployed", "1", content="one"),
            revision(2, "superseded", "2"),
            revision(1, "superseded", "1", content="one"),
            record=record(good=(good("2", 2), *GOOD_1)),
        ),
        State.UNMANAGED,
        Accept,
    ),
    "gone back by hand, to be adopted": (
        look(
            revision(3, "deployed", "1", content="one"),
            revision(2, "superseded", "2"),
            revision(1, "superseded", "1", content="one"),
            record=record(good=(good("2", 2), *GOOD_1)),
            adopt=True,
        ),
        State.UNMANAGED,
        Adopt,
    ),
    "gone back by hand, and it did not come up": (
        look(
            revision(3, "failed", "1", content="one"),
            revision(2, "deployed", "2"),
            revision(1, "superseded", "1", content="one"),
            record=record(good=(good("2", 2), *GOOD_1)),
        ),
        State.UNMANAGED,
        Nothing,
    ),
    "gone back by hand to what never passed": (
        look(
            revision(3, "deployed", "1", content="one"),
            revision(2, "superseded", "2"),
            revision(1, "superseded", "1", content="one"),
            record=record(good=(good("2", 2),), attempts=(attempt("1", 1, "deployed"),)),
        ),
        State.UNMANAGED,
        Nothing,
    ),
    "gone back by hand to what somebody else had made": (
        look(
            revision(3, "deployed", "0", content="nought"),
            revision(2, "superseded", "2"),
            revision(1, "superseded", "0", content="nought"),
            record=record(good=(good("2", 2),)),
        ),
        State.UNMANAGED,
        Nothing,
    ),
    "upgraded by hand, with a version that was good and other values": (
        look(
            revision(3, "deployed", "1", content="one, changed"),
            revision(2, "superseded", "2"),
            revision(1, "superseded", "1", content="one"),
            record=record(good=(good("2", 2), *GOOD_1)),
        ),
        State.UNMANAGED,
        Nothing,
    ),
    "adopted, and not tested": (
        look(revision(1, "deployed", "1"), record=record(attempts=(adoption("deployed"),))),
        State.UNTESTED,
        Test,
    ),
    "adopted, and not tested, though something newer was good": (
        look(
            revision(1, "deployed", "1"),
            record=record(good=(good("0", 0),), attempts=(adoption("deployed"),)),
        ),
        State.UNTESTED,
        Test,
    ),
    "adopted, and its tests met trouble just now": (
        look(revision(1, "deployed", "1"), record=record(attempts=(adoption("tests-failed", **JUST_NOW),))),
        State.UNTESTED,
        Wait,
    ),
    "adopted, its tests said no, and a freeze has been lifted since": (
        look(
            revision(1, "deployed", "1"),
            record=record(good=(good("0", 0),), attempts=(adoption("tests-failed", **VERSION),)),
        ),
        State.UNTESTED,
        Test,
    ),
    "adopted in place of what failed": (
        look(
            revision(3, "deployed", "9"),
            BROKEN,
            WAS,
            record=record(
                good=GOOD_1,
                attempts=(
                    attempt("9", 3, "deployed", kind="adoption"),
                    attempt("2", 2, "failed", **VERSION),
                ),
            ),
        ),
        State.UNTESTED,
        Test,
    ),
    "upgraded by hand, to be adopted": (
        look(revision(2, "deployed", "9"), WAS, record=record(good=GOOD_1), adopt=True),
        State.UNMANAGED,
        Adopt,
    ),
    "our upgrade is pending": (
        look(revision(2, "pending-upgrade", "2"), OLD, record=upgraded("started")),
        State.LOCKED,
        Unlock,
    ),
    "our rollback is pending": (
        look(revision(3, "pending-rollback", "1"), BROKEN, OLD, record=back("started", LOST)),
        State.LOCKED,
        Unlock,
    ),
    "our upgrade is pending, another run holds the lease": (
        look(revision(2, "pending-upgrade", "2"), OLD, record=upgraded("started"), may_unlock=False),
        State.LOCKED,
        Wait,
    ),
    "somebody's helm is at work": (
        look(revision(2, "pending-upgrade", "9"), OLD, record=record(good=GOOD_1)),
        State.LOCKED,
        Wait,
    ),
    "somebody's helm is at work, and another run holds the lease": (
        look(revision(2, "pending-upgrade", "9"), OLD, record=record(good=GOOD_1), may_unlock=False),
        State.LOCKED,
        Wait,
    ),
    "somebody uninstalls what somebody upgraded": (
        look(revision(2, "uninstalling", "9"), WAS, record=record(good=GOOD_1)),
        State.LOCKED,
        Wait,
    ),
    "somebody uninstalls it": (
        look(revision(1, "uninstalling", "1"), record=record(good=GOOD_1)),
        State.LOCKED,
        Wait,
    ),
    "upgrade did not come up": (
        look(BROKEN, OLD, record=upgraded("failed", **VERSION)),
        State.FAILED,
        RollBack,
    ),
    "gone back by hand, and the Secret of that revision was deleted": (
        look(revision(2, "superseded", "2"), WAS, record=upgraded("passed")),
        State.FAILED,
        Upgrade,
    ),
    "upgrade was cut off once": (look(BROKEN, OLD, record=upgraded("started")), State.FAILED, Upgrade),
    "upgrade was cut off too often": (
        look(BROKEN, OLD, record=upgraded("interrupted", tries=LIMIT)),
        State.FAILED,
        RollBack,
    ),
    "upgrade met trouble, just now": (
        look(BROKEN, OLD, record=upgraded("failed", **JUST_NOW)),
        State.FAILED,
        Wait,
    ),
    "upgrade met trouble, as long ago as the pause lasts": (
        look(
            BROKEN, OLD, record=upgraded("failed", cause="surroundings", ended_at=NOW - timedelta(seconds=30))
        ),
        State.FAILED,
        Upgrade,
    ),
    "upgrade was killed for the second time, just now": (
        look(BROKEN, OLD, record=upgraded("started", tries=2, started_at=NOW)),
        State.FAILED,
        Wait,
    ),
    "upgrade was cut off for the second time, just now": (
        look(BROKEN, OLD, record=upgraded("interrupted", tries=2, ended_at=NOW)),
        State.FAILED,
        Wait,
    ),
    "upgrade met trouble, long ago": (
        look(BROKEN, OLD, record=upgraded("failed", **BUSY)),
        State.FAILED,
        Upgrade,
    ),
    "upgrade met trouble too often": (
        look(BROKEN, OLD, record=upgraded("failed", tries=LIMIT, **BUSY)),
        State.FAILED,
        RollBack,
    ),
    "upgrade met trouble, something newer is there": (
        look(BROKEN, OLD, desired="3", record=upgraded("failed", **JUST_NOW)),
        State.FAILED,
        Upgrade,
    ),
    "upgrade was cut off and is not wanted any more": (
        look(BROKEN, OLD, desired=None, record=upgraded("started")),
        State.FAILED,
        RollBack,
    ),
    "upgrade was cut off, then frozen by policy": (
        look(BROKEN, OLD, policy_freeze="Friday", record=upgraded("started")),
        State.FAILED,
        RollBack,
    ),
    "tests failed": (
        look(NEW, WAS, record=upgraded("tests-failed", **VERSION)),
        State.FAILED,
        RollBack,
    ),
    "tests failed, frozen by policy": (
        look(NEW, WAS, policy_freeze="Friday", record=upgraded("tests-failed", **VERSION)),
        State.FAILED,
        RollBack,
    ),
    "first install failed and was judged": (
        look(
            revision(1, "failed", "2"),
            record=record(attempts=(attempt("2", 1, "failed", **VERSION),), rejections=(VERDICT,)),
        ),
        State.FAILED,
        RollBack,
    ),
    "first install was judged, and a freeze has been lifted since": (
        look(
            revision(1, "failed", "2"),
            desired="3",
            record=record(attempts=(attempt("2", 1, "excused", **VERSION),), rejections=(VERDICT,)),
        ),
        State.FAILED,
        RollBack,
    ),
    "removal of a first install was cut off": (
        look(
            revision(1, "uninstalling", "2"),
            record=record(attempts=(attempt("2", 1, "failed", **VERSION),), rejections=(VERDICT,)),
        ),
        State.FAILED,
        RollBack,
    ),
    "first install was cut off": (
        look(revision(1, "failed", "2"), record=installed("started")),
        State.FAILED,
        Upgrade,
    ),
    "failed, and nothing is known to go back to": (
        look(BROKEN, revision(1, "superseded", "0"), record=record(attempts=(LOST,))),
        State.FAILED,
        Nothing,
    ),
    "cut off, not wanted, and nothing is known to go back to": (
        look(
            BROKEN,
            revision(1, "superseded", "0"),
            desired=None,
            record=record(attempts=(attempt("2", 2, "started"),)),
        ),
        State.FAILED,
        Nothing,
    ),
    "cut off and frozen by policy, something newer is there, and nothing is known to go back to": (
        look(
            BROKEN,
            revision(1, "superseded", "0"),
            desired="3",
            policy_freeze="Friday",
            record=record(attempts=(attempt("2", 2, "started"),)),
        ),
        State.FAILED,
        Nothing,
    ),
    "way back was cut off during a policy freeze": (
        look(
            revision(3, "failed", "1"),
            BROKEN,
            OLD,
            policy_freeze="Friday",
            record=back("started", LOST),
        ),
        State.FAILED,
        RollBack,
    ),
    "way back was cut off": (
        look(revision(3, "failed", "1"), BROKEN, OLD, record=back("started", LOST)),
        State.FAILED,
        RollBack,
    ),
    "way back failed just now": (
        look(
            revision(3, "failed", "1"),
            BROKEN,
            OLD,
            record=back("failed", LOST, cause="version", ended_at=NOW),
        ),
        State.FAILED,
        Wait,
    ),
    "way back was killed for the second time, just now": (
        look(revision(3, "failed", "1"), BROKEN, OLD, record=back("started", LOST, tries=2, started_at=NOW)),
        State.FAILED,
        Wait,
    ),
    "way back was cut off for the second time, just now": (
        look(
            revision(3, "failed", "1"), BROKEN, OLD, record=back("interrupted", LOST, tries=2, ended_at=NOW)
        ),
        State.FAILED,
        Wait,
    ),
    "a person went back, and it was not tested yet": (
        look(
            revision(3, "deployed", "1"),
            revision(2, "superseded", "2"),
            WAS,
            desired="1",
            record=record(
                good=(good("2", 2), *GOOD_1),
                hold=HOLD,
                attempts=(attempt("1", 3, "deployed", kind="rollback"),),
            ),
        ),
        State.UNTESTED,
        Test,
    ),
    "deployed, not tested": (look(NEW, WAS, record=upgraded("deployed")), State.UNTESTED, Test),
    "deployed, outcome not yet written": (
        look(NEW, WAS, record=upgraded("started")),
        State.UNTESTED,
        Test,
    ),
    "deployed, not tested, frozen by policy": (
        look(NEW, WAS, policy_freeze="Friday", record=upgraded("deployed")),
        State.UNTESTED,
        Test,
    ),
    "tests met trouble, just now": (
        look(NEW, WAS, record=upgraded("tests-failed", **JUST_NOW)),
        State.UNTESTED,
        Wait,
    ),
    "tests met trouble, long ago": (
        look(NEW, WAS, record=upgraded("tests-failed", **BUSY)),
        State.UNTESTED,
        Test,
    ),
    "rolled back, nobody judged yet": (
        look(*COPY, record=back("deployed", LOST)),
        State.UNTESTED,
        Test,
    ),
    "rolled back, and its tests met trouble just now": (
        look(*COPY, record=back("tests-failed", LOST, **JUST_NOW)),
        State.UNTESTED,
        Wait,
    ),
    "failed before helm wrote, last good still runs": (
        look(OLD, record=upgraded("failed", **VERSION)),
        State.UNTESTED,
        Test,
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
        RollBack,
    ),
    "newer one is there": (look(OLD, record=record(good=GOOD_1)), State.OUT_OF_SYNC, Upgrade),
    "newer one is there, and what runs was edited by hand": (
        look(OLD, drift=("Deployment/cart: replicas",), record=record(good=GOOD_1)),
        State.OUT_OF_SYNC,
        Upgrade,
    ),
    "values changed, chart did not": (
        look(OLD, desired="1", values_digest="w", record=record(good=GOOD_1)),
        State.OUT_OF_SYNC,
        Upgrade,
    ),
    "newer one is there, what runs was never tested": (
        look(NEW, WAS, desired="3", record=upgraded("deployed")),
        State.OUT_OF_SYNC,
        Upgrade,
    ),
    "failed for its surroundings before helm wrote, just now": (
        look(OLD, record=upgraded("failed", **JUST_NOW)),
        State.OUT_OF_SYNC,
        Wait,
    ),
    "another one failed for its surroundings before helm wrote, just now": (
        look(OLD, desired="3", record=upgraded("failed", **JUST_NOW)),
        State.OUT_OF_SYNC,
        Upgrade,
    ),
    "killed before helm wrote for the second time, just now": (
        look(OLD, record=upgraded("started", tries=2, started_at=NOW)),
        State.OUT_OF_SYNC,
        Wait,
    ),
    "cut off before helm wrote for the second time, just now": (
        look(OLD, record=upgraded("interrupted", tries=2, ended_at=NOW)),
        State.OUT_OF_SYNC,
        Wait,
    ),
    "what runs failed its tests for its surroundings just now, and something newer is there": (
        look(NEW, WAS, desired="3", record=upgraded("tests-failed", **JUST_NOW)),
        State.OUT_OF_SYNC,
        Upgrade,
    ),
    "a person goes back": (
        look(NEW, WAS, desired="1", record=record(good=(good("2", 2), *GOOD_1), hold=HOLD)),
        State.OUT_OF_SYNC,
        RollBack,
    ),
    "a person goes back to what the repository has no more": (
        look(NEW, WAS, desired=None, record=record(good=(good("2", 2), *GOOD_1), hold=HOLD)),
        State.OUT_OF_SYNC,
        RollBack,
    ),
    "a person goes back, from what was never tested, to what the repository has no more": (
        look(
            NEW,
            WAS,
            desired=None,
            record=record(good=GOOD_1, hold=HOLD, attempts=(attempt("2", 2, "deployed"),)),
        ),
        State.OUT_OF_SYNC,
        RollBack,
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
        RollBack,
    ),
    "held during a policy freeze is what nobody has": (
        look(NEW, desired=None, policy_freeze="Friday", record=record(good=(good("2", 2),), hold=HOLD)),
        State.FROZEN,
        Nothing,
    ),
    "back at the held version, policy freezes": (
        look(OLD, desired="1", policy_freeze="Friday", record=record(good=GOOD_1, hold=HOLD)),
        State.FROZEN,
        Nothing,
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
        Wait,
    ),
    "held, and what is desired is not known": (
        look(OLD, desired=None, trouble="S3 is away.", record=record(good=GOOD_1, hold=HOLD)),
        State.HELD,
        Nothing,
    ),
    "held is what nobody has": (
        look(NEW, desired=None, record=record(good=(good("2", 2),), hold=HOLD)),
        State.OUT_OF_SYNC,
        Nothing,
    ),
    "held": (look(OLD, desired="1", record=record(good=GOOD_1, hold=HOLD)), State.HELD, Nothing),
    "newer than what the hold left": (
        look(OLD, desired="3", record=record(good=GOOD_1, hold=HOLD)),
        State.OUT_OF_SYNC,
        Upgrade,
    ),
    "frozen by a person": (
        look(OLD, record=record(good=GOOD_1, freeze=FREEZE)),
        State.FROZEN,
        Nothing,
    ),
    "frozen in the middle of an upgrade": (
        look(
            revision(2, "pending-upgrade", "2"),
            OLD,
            record=upgraded("started").model_copy(update={"freeze": FREEZE}),
        ),
        State.FROZEN,
        Nothing,
    ),
    "frozen, and a person went back before": (
        look(NEW, WAS, desired="1", record=record(good=(good("2", 2), *GOOD_1), hold=HOLD, freeze=FREEZE)),
        State.FROZEN,
        Nothing,
    ),
    "frozen, and a person goes back since": (
        look(NEW, WAS, desired="1", record=record(good=(good("2", 2), *GOOD_1), hold=SINCE, freeze=FREEZE)),
        State.OUT_OF_SYNC,
        RollBack,
    ),
    "frozen in the middle of an upgrade, and a person goes back since": (
        look(
            revision(2, "pending-upgrade", "2"),
            OLD,
            desired="1",
            record=upgraded("started").model_copy(update={"freeze": FREEZE, "hold": SINCE}),
        ),
        State.LOCKED,
        Unlock,
    ),
    "frozen, and the way back is not tested": (
        look(
            revision(3, "deployed", "1"),
            revision(2, "superseded", "2"),
            WAS,
            desired="1",
            record=record(
                good=(good("2", 2), *GOOD_1),
                hold=SINCE,
                freeze=FREEZE,
                attempts=(attempt("1", 3, "deployed", kind="rollback"),),
            ),
        ),
        State.UNTESTED,
        Test,
    ),
    "frozen, and the way back did not come up": (
        look(
            revision(3, "failed", "1"),
            OLD,
            desired="1",
            record=record(
                good=GOOD_1,
                hold=SINCE,
                freeze=FREEZE,
                attempts=(attempt("1", 3, "interrupted", kind="rollback"),),
            ),
        ),
        State.FAILED,
        RollBack,
    ),
    "frozen, and the way back has arrived": (
        look(OLD, desired="1", record=record(good=GOOD_1, hold=SINCE, freeze=FREEZE)),
        State.FROZEN,
        Nothing,
    ),
    "frozen, and a person goes back to what nobody has": (
        look(NEW, desired=None, record=record(good=(good("2", 2),), hold=SINCE, freeze=FREEZE)),
        State.FROZEN,
        Nothing,
    ),
    "frozen after a run was cancelled": (
        look(OLD, record=record(good=GOOD_1, freeze=FREEZE.model_copy(update={"cancelled_run": "r"}))),
        State.FROZEN,
        Nothing,
    ),
    "frozen after a failed way back": (
        look(BROKEN, OLD, record=record(good=GOOD_1, freeze=FREEZE)),
        State.FROZEN,
        Nothing,
    ),
    "frozen by policy": (
        look(OLD, policy_freeze="Friday", record=record(good=GOOD_1)),
        State.FROZEN,
        Nothing,
    ),
    "newer one is there, its tag moved": (
        look(OLD, record=record(good=GOOD_1), desired_images_trouble=MOVED),
        State.OUT_OF_SYNC,
        Wait,
    ),
    "newer one is there, its registry is away": (
        look(OLD, record=record(good=GOOD_1), images_unknown=("cart:2", "web:2")),
        State.OUT_OF_SYNC,
        Upgrade,
    ),
    "nothing there, its tag moved": (look(desired_images_trouble=MOVED), State.ABSENT, Wait),
    "upgrade met trouble, something newer is there, its tag moved": (
        look(BROKEN, OLD, desired="3", record=upgraded("failed", **BUSY), desired_images_trouble=MOVED),
        State.FAILED,
        Wait,
    ),
    "upgrade did not come up, the former tag moved": (
        look(BROKEN, OLD, record=upgraded("failed", **VERSION), target_images_trouble=MOVED),
        State.FAILED,
        Wait,
    ),
    "tests failed, the former tag moved": (
        look(NEW, WAS, record=upgraded("tests-failed", **VERSION), target_images_trouble=MOVED),
        State.FAILED,
        Wait,
    ),
    "tests failed, the former tag moved, something newer is there": (
        look(NEW, WAS, desired="3", record=upgraded("tests-failed", **VERSION), target_images_trouble=MOVED),
        State.FAILED,
        Upgrade,
    ),
    "tests failed, the former tag moved, something newer is there, and its tag moved": (
        look(
            NEW,
            WAS,
            desired="3",
            record=upgraded("tests-failed", **VERSION),
            target_images_trouble=MOVED,
            desired_images_trouble="another",
        ),
        State.FAILED,
        Wait,
    ),
    "tests failed, the former tag moved, something newer is there, frozen by policy": (
        look(
            NEW,
            WAS,
            desired="3",
            record=upgraded("tests-failed", **VERSION),
            target_images_trouble=MOVED,
            policy_freeze="Friday",
        ),
        State.FAILED,
        Wait,
    ),
    "something newer came in past what failed, not tested": (
        look(
            revision(3, "deployed", "3"),
            revision(2, "superseded", "2"),
            WAS,
            desired="3",
            record=record(
                good=GOOD_1,
                attempts=(attempt("3", 3, "deployed"), attempt("2", 2, "tests-failed", **VERSION)),
            ),
        ),
        State.UNTESTED,
        Test,
    ),
    "something newer came in past what failed, and failed its tests as well": (
        look(
            revision(3, "deployed", "3"),
            revision(2, "superseded", "2"),
            WAS,
            desired="3",
            target_images_trouble=MOVED,
            record=record(
                good=GOOD_1,
                attempts=(
                    attempt("3", 3, "tests-failed", **VERSION),
                    attempt("2", 2, "tests-failed", **VERSION),
                ),
            ),
        ),
        State.FAILED,
        Wait,
    ),
    "upgrade did not come up, the registry of the former one is away": (
        look(BROKEN, OLD, record=upgraded("failed", **VERSION), images_unknown=("cart:1",)),
        State.FAILED,
        RollBack,
    ),
    "a person goes back, the tag moved": (
        look(
            NEW,
            WAS,
            desired="1",
            record=record(good=(good("2", 2), *GOOD_1), hold=HOLD),
            target_images_trouble=MOVED,
        ),
        State.OUT_OF_SYNC,
        Wait,
    ),
    "the index went back in time": (
        look(OLD, desired=None, index_trouble="2 is gone", record=record(good=GOOD_1)),
        State.FROZEN,
        Nothing,
    ),
    "the index went back in time, and policy freezes": (
        look(
            OLD, desired=None, index_trouble="2 is gone", policy_freeze="Friday", record=record(good=GOOD_1)
        ),
        State.FROZEN,
        Nothing,
    ),
    "the index went back in time, and nothing is there": (
        look(desired=None, index_trouble="2 is gone"),
        State.FROZEN,
        Nothing,
    ),
    "the index went back in time while tests were to be run": (
        look(NEW, WAS, desired=None, index_trouble="2 is gone", record=upgraded("deployed")),
        State.UNTESTED,
        Test,
    ),
    "the index went back in time while a version failed": (
        look(BROKEN, OLD, desired=None, index_trouble="2 is gone", record=upgraded("failed", **VERSION)),
        State.FAILED,
        RollBack,
    ),
    "edited by hand": (
        look(
            OLD,
            desired="1",
            drift=("Deployment/cart: replicas", "Service/cart: port"),
            record=record(good=GOOD_1),
        ),
        State.DRIFTED,
        Nothing,
    ),
    "edited by hand, and policy corrects": (
        look(
            OLD,
            desired="1",
            drift=("Deployment/cart: replicas",),
            corrects_drift=True,
            record=record(good=GOOD_1, attempts=(attempt("1", 1, "passed", ended_at=NOW),)),
        ),
        State.DRIFTED,
        Correct,
    ),
    "edited by hand again, right after it was corrected": (
        look(
            *CORRECTED,
            desired="1",
            drift=("Deployment/cart: replicas",),
            corrects_drift=True,
            record=corrected(ended_at=NOW),
        ),
        State.DRIFTED,
        Wait,
    ),
    "edited by hand again, long after it was corrected": (
        look(
            *CORRECTED,
            desired="1",
            drift=("Deployment/cart: replicas",),
            corrects_drift=True,
            record=corrected(ended_at=NOW - timedelta(minutes=10)),
        ),
        State.DRIFTED,
        Correct,
    ),
    "edited again after three corrections in a row": (
        look(
            *CORRECTED,
            desired="1",
            drift=("Deployment/cart: replicas",),
            corrects_drift=True,
            record=corrected(ended_at=NOW - timedelta(minutes=39), times=3),
        ),
        State.DRIFTED,
        Wait,
    ),
    "another field, ten minutes after three corrections in a row": (
        look(
            *CORRECTED,
            desired="1",
            drift=("Service/cart: port",),
            corrects_drift=True,
            record=corrected(ended_at=NOW - timedelta(minutes=10), times=3),
        ),
        State.DRIFTED,
        Correct,
    ),
    "edited again however often it was corrected": (
        look(
            *CORRECTED,
            desired="1",
            drift=("Deployment/cart: replicas",),
            drift_by=("scaler",),
            corrects_drift=True,
            record=corrected(ended_at=NOW - timedelta(days=9), times=5),
        ),
        State.DRIFTED,
        Nothing,
    ),
    "edited again however often, and a person has started a release since": (
        look(
            *CORRECTED,
            desired="1",
            drift=("Deployment/cart: replicas",),
            corrects_drift=True,
            record=standing_orders.gone_on(
                corrected(NOW - timedelta(hours=1), times=5), Said("ada", "", NOW)
            ),
        ),
        State.DRIFTED,
        Correct,
    ),
    "made anew by hand with other fixed fields, and policy corrects": (
        look(
            OLD,
            desired="1",
            drift=("Deployment/cart: a field that cannot be changed",),
            drift_unchangeable=True,
            corrects_drift=True,
            record=record(good=GOOD_1),
        ),
        State.DRIFTED,
        Nothing,
    ),
    "scaled up by hand, whose claims would be deleted, and policy corrects": (
        look(
            OLD,
            desired="1",
            drift=("StatefulSet/db: replicas",),
            drift_loses=("StatefulSet db, from 5 to 3 replicas: its claims are deleted",),
            corrects_drift=True,
            record=record(good=GOOD_1),
        ),
        State.DRIFTED,
        Nothing,
    ),
    "edited by hand after a correction, and policy only reports": (
        look(*CORRECTED, desired="1", drift=("Deployment/cart: replicas",), record=corrected(ended_at=NOW)),
        State.DRIFTED,
        Nothing,
    ),
    "a correction did not arrive": (
        look(
            revision(3, "failed", "1"),
            OLD,
            desired="1",
            corrects_drift=True,
            record=record(good=GOOD_1, attempts=(attempt("1", 3, "failed", kind="rollback", **BUSY),)),
        ),
        State.FAILED,
        RollBack,
    ),
    "held, and edited by hand": (
        look(OLD, desired="1", drift=("Deployment/cart: replicas",), record=record(good=GOOD_1, hold=HOLD)),
        State.DRIFTED,
        Nothing,
    ),
    "all as it should be": (
        look(OLD, desired="1", record=record(good=GOOD_1)),
        State.IN_SYNC,
        Nothing,
    ),
    "the newer one is barred": (
        look(OLD, record=record(good=GOOD_1, rejections=(VERDICT,))),
        State.IN_SYNC,
        Nothing,
    ),
}


@pytest.mark.parametrize(("seen", "state", "action"), CASES.values(), ids=CASES)
def test_state_and_action(seen: Observation, state: State, action: type[Action]) -> None:
    assert name(seen) is state
    decision = choose(state, seen)
    assert type(decision.action) is action, decision.why
    assert decision.why.endswith((".", "why")), decision.why
    assert "{" not in decision.why


def deciding(seen: Observation, state: State) -> table.Row:
    return next(row for row in table.ROWS if row.state == state and row.choose(seen))


def test_every_row_of_both_tables_is_reached() -> None:
    states = {id(state.row(seen)) for seen, *_ in CASES.values()}
    assert [row.sentence for row in state.ROWS if id(row) not in states] == []
    actions = {id(deciding(seen, state)) for seen, state, _ in CASES.values()}
    unreached = [row.sentence for row in table.ROWS if id(row) not in actions]
    assert unreached == []


def test_wait_says_until_when() -> None:
    seen, state, _ = CASES["upgrade met trouble, just now"]
    decision = choose(state, seen)
    assert decision.action == Wait(NOW + timedelta(seconds=30))


@pytest.mark.parametrize(
    ("case", "is_experiment"),
    [
        ("rolled back, nobody judged yet", True),
        ("failed before helm wrote, last good still runs", True),
        ("deployed, not tested", False),
        ("a person went back, and it was not tested yet", False),
    ],
)
def test_what_was_good_before_is_tested_as_an_experiment(case: str, is_experiment: bool) -> None:
    seen, state, _ = CASES[case]
    action = choose(state, seen).action
    assert isinstance(action, Test)
    assert action.is_experiment is is_experiment


def test_an_action_is_called_by_its_name() -> None:
    assert (word(Nothing()), word(Wait())) == ("Nothing", "Wait")


def test_wait_for_others_has_no_end() -> None:
    seen, state, _ = CASES["our upgrade is pending, another run holds the lease"]
    assert choose(state, seen).action == Wait()


PUT_BACK = (
    "Put it back (such as: crane tag IMAGE@DIGEST TAG), or raise version: in the application's Chart.yaml: "
    "a new version records what is there by then."
)
SENTENCES = {
    "the index went back in time": "Frozen: 2 is gone.",
    "the index went back in time, and policy freezes": "Frozen by policy: Friday. Frozen: 2 is gone.",
    "something newer came in past what failed, not tested": "3 runs and has not passed its tests.",
    "newer one is there, its tag moved": f"2 is not released: cart:2 moved. {PUT_BACK}",
    "newer one is there, its registry is away": (
        "2 is wanted, 1 runs. No registry says whether these images are still what was published: "
        "cart:2, web:2."
    ),
    "nothing there, its tag moved": f"2 is not installed: cart:2 moved. {PUT_BACK}",
    "upgrade met trouble, something newer is there, its tag moved": (
        f"2 was cut off (429). 3 does not come in: cart:2 moved. {PUT_BACK}"
    ),
    "upgrade did not come up, the former tag moved": (
        f"2 failed (it broke), and what was good cannot come back: cart:2 moved. {PUT_BACK}"
    ),
    "tests failed, the former tag moved, something newer is there": (
        "2 failed (it broke), and what was good cannot come back: cart:2 moved. 3 is wanted by now."
    ),
    "upgrade did not come up, the registry of the former one is away": (
        "2 failed (it broke). Back to 1, revision 1. No registry says whether these images are still what was "
        "published: cart:1."
    ),
    "a person goes back, the tag moved": (
        f"ada holds 1: prices. It cannot come back: cart:2 moved. {PUT_BACK}"
    ),
    "API server does not answer": "Something did not answer (refused): look again later.",
    "charts are away, upgrade was cut off": (
        "2 was cut off, and something did not answer (S3 is away): it is tried again."
    ),
    "nothing there": "2 is wanted and nothing is installed.",
    "nothing there, nothing wanted": "There is no version to install: why",
    "nothing there, frozen by policy": "Frozen by policy: Friday.",
    "install failed before helm wrote, just now": (
        "2 could not be installed (429): again at 2026-11-23T10:00:30Z."
    ),
    "made by hand": (
        "A release that Headway has no record of is in this place; it stays as it is. "
        "headway release APPLICATION ENVIRONMENT --adopt makes it Headway's."
    ),
    "made by hand, to be adopted": "A person asks to adopt revision 1: it is good once it has passed its tests.",
    "gone back by hand": "Revision 3 is 1 again, which was good here: somebody went back by hand.",
    "upgraded by hand": (
        "Revision 2 was made by hand; it is left alone. "
        "headway release APPLICATION ENVIRONMENT --adopt makes it Headway's."
    ),
    "upgraded by hand, and it did not come up": (
        "Revision 2 was made by hand; it is left alone. "
        "Once helm has brought it up, headway release APPLICATION ENVIRONMENT --adopt makes it Headway's."
    ),
    "our upgrade is pending": "Revision 2 was left pending by a run that is no more.",
    "our upgrade is pending, another run holds the lease": "Another run is at work on revision 2.",
    "somebody's helm is at work": (
        "Revision 2 is in progress and was not begun by Headway: it is left alone."
    ),
    "upgrade met trouble, just now": "2 failed for its surroundings (429): again at 2026-11-23T10:00:30Z.",
    "upgrade met trouble, something newer is there": "2 was cut off (429); 3 is wanted by now.",
    "upgrade was cut off and is not wanted any more": (
        "2 was cut off and is not wanted any more. Back to 1, revision 1."
    ),
    "first install failed and was judged": (
        "2 failed (it broke). Nothing was good before: what this first install brought is removed."
    ),
    "failed, and nothing is known to go back to": "There is nothing to go back to.",
    "cut off, not wanted, and nothing is known to go back to": (
        "2 was cut off, and there is nothing to go on with."
    ),
    "somebody's helm is at work, and another run holds the lease": (
        "Revision 2 is in progress and was not begun by Headway: it is left alone."
    ),
    "way back was cut off during a policy freeze": "The way back did not arrive. Back to 1, revision 1.",
    "way back was cut off": "The way back did not arrive. Back to 1, revision 1.",
    "way back failed just now": "The way back failed: again at 2026-11-23T10:00:30Z.",
    "deployed, not tested": "2 runs and has not passed its tests.",
    "tests met trouble, just now": (
        "Tests failed for their surroundings (429): again at 2026-11-23T10:00:30Z."
    ),
    "failed for its surroundings before helm wrote, just now": (
        "2 failed for its surroundings (429): again at 2026-11-23T10:00:30Z."
    ),
    "all as it should be": "1 is wanted, deployed and tested.",
    "the newer one is barred": "1 runs; there is no other version to release: why",
    "upgrade did not come up": "2 failed (it broke). Back to 1, revision 1.",
    "rolled back, nobody judged yet": (
        "1, which was good, runs again: its tests tell whether 2 is to blame or the environment."
    ),
    "a person goes back": "ada holds 1: prices. Back to 1, revision 1.",
    "frozen by a person": (
        "Frozen by ada: audit. headway lift APPLICATION ENVIRONMENT freeze --reason WHY ends it."
    ),
    "frozen after a run was cancelled": (
        "Frozen by ada: audit. headway release APPLICATION ENVIRONMENT goes on; "
        "headway lift APPLICATION ENVIRONMENT freeze --reason WHY ends it."
    ),
    "held": (
        "ada holds 1: prices. headway lift APPLICATION ENVIRONMENT hold --reason WHY ends it, "
        "or something newer than 2."
    ),
    "held, and what is desired is not known": (
        "ada holds 1: prices. headway lift APPLICATION ENVIRONMENT hold --reason WHY ends it, "
        "or something newer than 2. S3 is away."
    ),
    "held is what nobody has": (
        "ada holds 1: prices. That version is not in the record, and the repository does not offer it."
    ),
    "upgrade was cut off once": "2 was cut off: try 2 of 5.",
    "newer one is there": "2 is wanted, 1 runs.",
    "edited by hand, and policy corrects": (
        "Live objects differ from 1: Deployment/cart: replicas. It is applied once more."
    ),
    "edited by hand again, right after it was corrected": (
        "Live objects differ again from 1: Deployment/cart: replicas. It is applied once more at 2026-11-23T10:10:00Z."
    ),
    "edited again however often it was corrected": (
        "Live objects differ again from 1: Deployment/cart: replicas. It was applied once more 5 times in a row, and scaler "
        "changed it back each time: it is left so. Let the chart leave out that field, or end what sets it; headway release "
        "APPLICATION ENVIRONMENT corrects it again."
    ),
    "made anew by hand with other fixed fields, and policy corrects": (
        "Live objects differ from 1: Deployment/cart: a field that cannot be changed. It cannot be applied once more. Where a "
        "field cannot be changed, delete the object, which loses what it holds: then the release makes it again. What is not "
        "valid any more it could not make: keep the object, and release a version that has it right."
    ),
    "scaled up by hand, whose claims would be deleted, and policy corrects": (
        "Live objects differ from 1: StatefulSet/db: replicas. It is not applied once more, for nobody has said that this may "
        "go: StatefulSet db, from 5 to 3 replicas: its claims are deleted. Scale it back by hand, or release a version that has "
        "as many."
    ),
    "edited by hand": "1 is wanted and deployed, but live objects differ: Deployment/cart: replicas, Service/cart: port.",
    "failed before helm wrote, and what runs was never tested": "3 failed (it broke). Back to 1, revision 1.",
    "first install was judged, and a freeze has been lifted since": (
        "2 failed (it broke). Nothing was good before: what this first install brought is removed."
    ),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_sentence(case: str) -> None:
    seen, state, _ = CASES[case]
    assert choose(state, seen).why == SENTENCES[case]


def test_every_row_has_a_sentence_above() -> None:
    said = {id(deciding(seen, state)) for seen, state, _ in map(CASES.__getitem__, SENTENCES)}
    assert [row.sentence for row in table.ROWS if id(row) not in said] == []


BEGUN: dict[str, tuple[ReleaseRecord | None, bool]] = {
    "no record": (None, False),
    "nothing was tried": (record(), False),
    "a first install was begun": (record(attempts=(attempt("1", 1, "started"),)), True),
    "it was taken away again": (record(attempts=(attempt("1", 0, "failed"),)), True),
    "what a person brought": (record(attempts=(adoption("passed"),)), False),
    "what was never let in": (record(attempts=(attempt("1", 0, "refused"),)), False),
}


@pytest.mark.parametrize(("of_record", "was"), BEGUN.values(), ids=BEGUN)
def test_whether_headway_has_begun_an_install_here(of_record: ReleaseRecord | None, *, was: bool) -> None:
    seen = Observation(now=NOW, desired=None, values_digest="v", record=of_record, why_desired="why")
    assert seen.was_installed_by_headway is was

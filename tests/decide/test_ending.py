"""How runs are named after what their passes did, and what is said of it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from headway.decide.release import sentences
from headway.decide.release.actions import Nothing, Wait
from headway.decide.release.decision import Decision
from headway.decide.release.ending import End, Ending, end
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
from headway.decide.release.observation import Observation, Revision
from headway.decide.release.passes import ReconcileResult, StopReason
from headway.decide.release.results import ActionResult, Reason
from headway.decide.release.rollback_target import ToPackage, ToRevision, Uninstall
from headway.model.charts import ChartEntry
from headway.model.record import Attempt, Freeze, Good, Hold, ReleaseRecord

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
ONE = Good(revision=1, chart_digest="sha256:1", values_digest="v", version="1.0.0", tested_at=NOW)
RECORD = ReleaseRecord(application="shop", environment="testing", release="shop", good=(ONE,))
RUNS = Observation(
    now=NOW,
    desired=ChartEntry("shop", "1.0.0", "sha256:1", "shop-1.0.0.tgz", NOW),
    values_digest="v",
    record=RECORD,
    revisions=(Revision(1, "deployed", "1.0.0", NOW),),
)
HELD = replace(
    RUNS,
    record=RECORD.model_copy(
        update={"hold": Hold(by="ada", why="slow", at=NOW, version="1.0.0", not_above="2.0.0")}
    ),
)
FROZEN = replace(RUNS, record=RECORD.model_copy(update={"freeze": Freeze(by="headway", why="down", at=NOW)}))
OUT_OF_SYNC = replace(RUNS, desired=ChartEntry("shop", "2.0.0", "sha256:2", "shop-2.0.0.tgz", NOW))
EMPTY = Observation(now=NOW, desired=None, values_digest="", record=None, revisions=())
FROZEN_AND_HELD = replace(
    HELD, record=HELD.record.model_copy(update={"freeze": Freeze(by="headway", why="down", at=NOW)})
)
BACK_IN_SPITE = replace(
    FROZEN_AND_HELD,
    record=FROZEN_AND_HELD.record.model_copy(
        update={"hold": HELD.record.hold.model_copy(update={"past_freeze": True})}
    ),
)
ACCEPTED = ActionResult(Reason.ACCEPTED, "1.0.0", 1)
UNTESTED = replace(RUNS, revisions=(Revision(2, "deployed", "2.0.0", NOW), *RUNS.revisions))
IDLE = Nothing()
TESTED = ActionResult(Reason.TEST_SUCCEEDED, "1.0.0", 1)
DRIFTED = replace(RUNS, drift=("Deployment cart is missing",))
CORRECTED = ActionResult(Reason.CORRECTION_SUCCEEDED, "1.0.0", 2, 1.5)
BACK = ActionResult(Reason.ROLLBACK_SUCCEEDED, "1.0.0", 3, target=ToRevision(ONE, 1))
BACK_FAILED = ActionResult(Reason.ROLLBACK_FAILED, "1.0.0", 3, target=ToRevision(ONE, 1))
NOT_LET_IN = ActionResult(Reason.UPGRADE_FAILED, "2.0.0")
REMOVED = ActionResult(Reason.UNINSTALL_SUCCEEDED, "", target=Uninstall())


def passed(
    observation: Observation, *results: ActionResult, action: Nothing | Wait = IDLE, why: str = "Why."
) -> ReconcileResult:
    return ReconcileResult(observation, Decision(action, why), results, StopReason.NOTHING_TO_DO)


@pytest.mark.parametrize(
    ("passes", "ending", "failed", "went_back"),
    [
        pytest.param([passed(RUNS)], Ending.IN_SYNC, False, False, id="nothing to do"),
        pytest.param([passed(RUNS, action=Wait())], Ending.WAITING, False, False, id="waits"),
        pytest.param([passed(OUT_OF_SYNC)], Ending.WAITING, False, False, id="a later run goes on"),
        pytest.param([passed(HELD)], Ending.HELD, False, False, id="held"),
        pytest.param([passed(EMPTY)], Ending.NOTHING_TO_RELEASE, False, False, id="nothing is there yet"),
        pytest.param(
            [passed(replace(OUT_OF_SYNC, desired_images_trouble="cart:2 moved"), action=Wait())],
            Ending.WAITING,
            True,
            False,
            id="waits for a tag that moved",
        ),
        pytest.param(
            [passed(replace(OUT_OF_SYNC, target_images_trouble="cart:1 moved"), action=Wait())],
            Ending.WAITING,
            True,
            False,
            id="a person waits for a tag that moved",
        ),
        pytest.param([passed(RUNS, TESTED)], Ending.RELEASED, False, False, id="tested"),
        pytest.param(
            [passed(replace(RUNS, desired=None, desired_unknown=True, trouble="S3 is away"), TESTED)],
            Ending.RELEASED,
            False,
            False,
            id="tested, and what is desired is not known by then",
        ),
        pytest.param([passed(DRIFTED)], Ending.DRIFTED, False, False, id="drifted"),
        pytest.param([passed(DRIFTED, action=Wait())], Ending.DRIFTED, False, False, id="drifted again"),
        pytest.param([passed(RUNS, CORRECTED, TESTED)], Ending.CORRECTED, False, False, id="corrected"),
        pytest.param(
            [passed(UNTESTED, TESTED)], Ending.UNMANAGED, True, False, id="tested, and replaced by hand since"
        ),
        pytest.param(
            [passed(RUNS, TESTED), passed(RUNS)], Ending.RELEASED, False, False, id="last pass idle"
        ),
        pytest.param([passed(RUNS, BACK, TESTED)], Ending.ROLLED_BACK, True, True, id="went back"),
        pytest.param(
            [passed(RUNS, BACK), passed(RUNS, TESTED)], Ending.RELEASED, False, False, id="then newer"
        ),
        pytest.param([passed(RUNS, BACK_FAILED)], Ending.ROLLED_BACK, True, True, id="the way back failed"),
        pytest.param(
            [passed(RUNS, NOT_LET_IN, TESTED)],
            Ending.REFUSED,
            True,
            False,
            id="refused before anything was changed",
        ),
        pytest.param([passed(HELD, NOT_LET_IN)], Ending.REFUSED, True, False, id="refused while it is held"),
        pytest.param(
            [passed(EMPTY, replace(NOT_LET_IN, reason=Reason.INSTALL_FAILED))],
            Ending.REFUSED,
            True,
            False,
            id="a first install was refused",
        ),
        pytest.param(
            [passed(OUT_OF_SYNC, NOT_LET_IN, action=Wait())],
            Ending.WAITING,
            False,
            False,
            id="refused for now",
        ),
        pytest.param(
            [passed(RUNS, NOT_LET_IN), passed(RUNS, TESTED)], Ending.RELEASED, False, False, id="then let in"
        ),
        pytest.param([passed(RUNS, REMOVED)], Ending.ROLLED_BACK, True, True, id="removed"),
        pytest.param([passed(HELD, BACK, TESTED)], Ending.ROLLED_BACK, False, True, id="a person went back"),
        pytest.param(
            [passed(HELD, ACCEPTED, TESTED)], Ending.ROLLED_BACK, False, True, id="a person went back by hand"
        ),
        pytest.param(
            [passed(RUNS, ACCEPTED, TESTED)],
            Ending.RELEASED,
            False,
            False,
            id="a person brought by hand what is wanted",
        ),
        pytest.param(
            [passed(FROZEN_AND_HELD, ACCEPTED)],
            Ending.FROZEN,
            True,
            True,
            id="a person went back by hand, and it froze",
        ),
        pytest.param(
            [passed(BACK_IN_SPITE, BACK, TESTED)],
            Ending.ROLLED_BACK,
            False,
            True,
            id="a person went back where it was frozen",
        ),
        pytest.param([passed(FROZEN_AND_HELD, BACK)], Ending.FROZEN, True, True, id="and froze again"),
        pytest.param([passed(FROZEN, BACK)], Ending.FROZEN, True, True, id="went back, and froze"),
        pytest.param([passed(FROZEN)], Ending.FROZEN, True, False, id="frozen before"),
        pytest.param([passed(replace(RUNS, reachable=False))], Ending.UNKNOWN, True, False, id="no answer"),
        pytest.param([passed(replace(RUNS, record=None))], Ending.UNMANAGED, True, False, id="not ours"),
        pytest.param(
            [passed(replace(RUNS, revisions=(Revision(1, "failed", "1.0.0", NOW),)))],
            Ending.FAILED,
            True,
            False,
            id="stands failed",
        ),
    ],
)
def test_end(passes: list[ReconcileResult], ending: Ending, failed: bool, went_back: bool) -> None:
    ended = end(passes)
    assert (ended.ending, ended.failed, ended.went_back) == (ending, failed, went_back)


@pytest.mark.parametrize("before", [RUNS, HELD], ids=["by itself", "a person"])
def test_a_way_back_that_did_not_arrive_is_a_failure_and_nobody_is_told_that_it_went_back(
    before: Observation,
) -> None:
    assert before.record
    attempt = Attempt(
        chart_digest="sha256:1",
        values_digest="v",
        version="1.0.0",
        revision=3,
        started_at=NOW,
        kind="rollback",
        outcome="failed",
    )
    record = before.record.model_copy(update={"attempts": (attempt,)})
    revisions = (Revision(3, "failed", "1.0.0", NOW), *before.revisions)
    stands = replace(before, record=record, revisions=revisions)
    ended = end([passed(stands, BACK_FAILED, action=Wait())])
    assert (ended.ending, ended.failed, ended.went_back) == (Ending.FAILED, True, False)


def test_what_is_newer_than_a_hold_and_fails_is_shown_as_failed() -> None:
    failed = ActionResult(
        Reason.UPGRADE_FAILED, "3.0.0", 2, finding=GoesBack("release", "3.0.0", "it crashed", "1.0.0")
    )
    ended = end([passed(HELD, failed, BACK, TESTED)])
    assert (ended.ending, ended.failed) == (Ending.ROLLED_BACK, True)


def test_end_says_what_was_done_why_it_stopped_and_what_is_unfinished() -> None:
    removed = passed(replace(RUNS, revisions=()), REMOVED, why="There is no version to install.")
    assert end([removed], ["git: away"]) == End(
        Ending.ROLLED_BACK,
        True,
        True,
        "",
        "Nothing was good before: what this first install brought is removed. "
        "There is no version to install. git: away",
    )
    assert end([passed(RUNS)]).version == "1.0.0"


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (
            ActionResult(Reason.INSTALL_SUCCEEDED, "1.0.0", 1, 2.25),
            "1.0.0 is deployed as revision 1 after 2.2 s.",
        ),
        (
            ActionResult(Reason.UPGRADE_SUCCEEDED, "2.0.0", 2, 1.0),
            "2.0.0 is deployed as revision 2 after 1.0 s.",
        ),
        (replace(BACK, seconds=1.0), "Back to 1.0.0, revision 1. It runs as revision 3 after 1.0 s."),
        (
            replace(BACK, target=ToPackage(ONE), seconds=1.0),
            (
                "Back to 1.0.0, from the chart repository: Helm's history has lost it. "
                "It runs as revision 3 after 1.0 s."
            ),
        ),
        (REMOVED, "Nothing was good before: what this first install brought is removed."),
        (
            ActionResult(Reason.TEST_DISCARDED, "2.0.0", 2),
            "Revision 2 was replaced while its tests ran: their result is discarded.",
        ),
        (ActionResult(Reason.UNLOCKED, "2.0.0", 2), "Revision 2 was left pending and is marked failed."),
        (
            ActionResult(Reason.ADOPTED, "1.0.0", 4),
            "Revision 4 (1.0.0) is adopted: its tests decide whether it is good.",
        ),
        (
            ActionResult(Reason.ADOPTED, "1.0.0", 4, finding=Compared(offered=True)),
            (
                "Revision 4 (1.0.0) is adopted: its tests decide whether it is good. "
                "It is what the chart repository offers as that version."
            ),
        ),
        (
            ActionResult(Reason.ACCEPTED, "1.0.0", 4),
            "Revision 4 is 1.0.0 again, brought back by hand.",
        ),
        (ActionResult(Reason.TEST_FAILED, "2.0.0", 2), "TestFailed: 2.0.0, revision 2."),
        (
            ActionResult(Reason.TEST_SUCCEEDED, "2.0.0", 2, finding=LastGood("2.0.0")),
            "2.0.0 passed its tests: it is last good.",
        ),
    ],
)
def test_sentence_of_a_result(result: ActionResult, sentence: str) -> None:
    assert sentences.of_result(result) == sentence


@pytest.mark.parametrize(
    ("finding", "sentence"),
    [
        (LastGood("2.0.0"), "2.0.0 passed its tests: it is last good."),
        (Rejected("2.0.0", "it broke", "1.0.0"), "2.0.0 is to blame and barred: it broke."),
        (
            Rejected("2.0.0", "it broke", ""),
            "2.0.0 failed (it broke), and nothing was good before: it is barred.",
        ),
        (
            NotLetIn("2.0.0", "a selector"),
            "2.0.0 is refused before anything was changed, and barred: a selector.",
        ),
        (
            SeenOnce("2.0.0", "it broke"),
            "2.0.0 looks guilty (it broke): it is tried once more before it is rejected.",
        ),
        (EnvironmentFrozen("the database is away"), "Frozen: the database is away."),
        (GoesBack("tests", "2.0.0", "no", "1.0.0"), "The tests of 2.0.0 failed (no): back to 1.0.0."),
        (
            TriedAgain("release", "2.0.0", "429", "candidate"),
            "The release of 2.0.0 failed for what does not speak against it (429): tried again later.",
        ),
        (
            TriedAgain("release", "1.0.0", "429", "held"),
            "The release of held 1.0.0 failed (429): tried again later.",
        ),
        (Compared(offered=False), "The chart repository does not offer that version."),
        (Compared(offered=True), "It is what the chart repository offers as that version."),
        (
            Compared(offered=True, changes=2),
            "What the chart repository offers as that version differs in 2 of its resources: see the plan.",
        ),
    ],
)
def test_sentence_of_a_finding(finding: Finding, sentence: str) -> None:
    assert sentences.of_finding(finding) == sentence

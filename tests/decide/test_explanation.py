"""What is said of a release to somebody who asks why, and who must act."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headway.decide.release.state import State
from headway.decide.review import status_table
from headway.decide.review.explanation import (
    A_PERSON,
    AT_WORK,
    HEADWAY,
    NOBODY,
    WITHOUT_POLICY,
    confirmed,
    explain,
    may_wait_at_gate,
    named_with_plan,
    of_first_release,
)
from headway.decide.review.status import ReleaseStatus, Retry
from headway.decide.supply.promotion import Soaking
from headway.model.audit import AuditEntry
from headway.model.record import Approval, Asked, Freeze, Hold, Rejection
from headway.model.release_ref import ReleaseRef

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
RUNS = ReleaseStatus(
    ref=ReleaseRef("shop", "testing", "shop"),
    namespace="shop-testing",
    at=NOW,
    state=State.IN_SYNC,
    version="0.1.3",
    revision=7,
    since=NOW - timedelta(hours=3),
    tested_at=NOW - timedelta(hours=2),
    offered="0.1.3",
    why="0.1.3 is the newest",
)
WAITS = replace(RUNS, state=State.OUT_OF_SYNC, waits="0.1.4", offered="0.1.4", why="0.1.4 is the newest")
APPROVED = Approval(by="Ada", why="", at=NOW, version="0.1.4", chart_digest="sha256:1", plan="p")
SOAKS = Soaking("0.1.4", "2m", "it", NOW + timedelta(minutes=1))
FREEZE = Freeze(by="Ada", why="stocktaking", at=NOW)
NO = AuditEntry(kind="rejected", by="Kim", at=NOW, why="not on a Friday")
RETRY = Retry("0.1.3", of_tests=True, reason="its pod was deleted", due=NOW + timedelta(seconds=30))
HOLD = Hold(by="Ada", why="slow", at=NOW, version="0.1.3", not_above="0.1.4")


NOTHING = replace(RUNS, state=State.ABSENT, version="", revision=None, since=None, tested_at=None, offered="")
BARRED = Rejection(chart_digest="sha256:0", version="0.1.0", reason="broke", at=NOW)


@pytest.mark.parametrize(
    ("status", "gated", "then", "acts"),
    [
        pytest.param(RUNS, None, "Nothing, until", NOBODY, id="in sync"),
        pytest.param(replace(RUNS, soaking=SOAKS), None, "0.1.4 has to be good for 2m", HEADWAY, id="soaks"),
        pytest.param(WAITS, False, "A release of 0.1.4 begins.", HEADWAY, id="due without a gate"),
        pytest.param(WAITS, True, "waits until somebody answers it: headway approve", A_PERSON, id="gated"),
        pytest.param(WAITS, None, "Where the environment has a gate", HEADWAY, id="policy is not at hand"),
        pytest.param(
            replace(WAITS, declined=NO),
            True,
            "Nothing: Kim said no to 0.1.4 (not on a Friday). To be asked again: headway release shop testing",
            A_PERSON,
            id="somebody said no",
        ),
        pytest.param(replace(WAITS, approval=APPROVED), True, "Ada approved it", HEADWAY, id="approved"),
        pytest.param(
            replace(WAITS, state=State.FROZEN, freeze=FREEZE),
            None,
            "headway lift shop testing freeze --reason WHY",
            A_PERSON,
            id="frozen by a person",
        ),
        pytest.param(
            replace(RUNS, state=State.FROZEN, policy_freeze="frozen in headway.yaml"),
            None,
            "by a commit",
            A_PERSON,
            id="frozen by policy",
        ),
        pytest.param(
            replace(RUNS, state=State.HELD, hold=HOLD), None, "newer than 0.1.4 appears", A_PERSON, id="held"
        ),
        pytest.param(
            replace(RUNS, state=State.DRIFTED, corrects=True),
            None,
            "It is applied once more",
            HEADWAY,
            id="drift that policy has corrected",
        ),
        pytest.param(
            replace(RUNS, state=State.DRIFTED, corrects=False),
            None,
            "Somebody undoes it, or calls headway release shop testing",
            A_PERSON,
            id="drift that policy has reported",
        ),
        pytest.param(
            replace(RUNS, state=State.DRIFTED),
            None,
            "`drift: correct` applies it once more",
            A_PERSON,
            id="drift, and policy is not at hand",
        ),
        pytest.param(replace(RUNS, state=State.UNMANAGED), None, "--adopt", A_PERSON, id="made by hand"),
        pytest.param(
            replace(WAITS, state=State.LOCKED, at_work="0.1.4"),
            None,
            "A run is at work on 0.1.4, and its tests decide: headway logs shop testing --follow",
            AT_WORK,
            id="at work",
        ),
        pytest.param(
            replace(RUNS, state=State.UNTESTED, retry=RETRY),
            None,
            "The first look after 10:00:30 UTC tries the tests of 0.1.3 again.",
            HEADWAY,
            id="tests that failed for their surroundings",
        ),
        pytest.param(
            replace(RUNS, state=State.UNTESTED, retry=RETRY, at_work="0.1.3"),
            None,
            "A run is at work on 0.1.3",
            AT_WORK,
            id="tried again just now",
        ),
        pytest.param(replace(WAITS, state=State.LOCKED), None, "unlocked", HEADWAY, id="left by Helm"),
        pytest.param(
            replace(NOTHING, rejected=(BARRED,)),
            None,
            "headway lift shop testing 0.1.0",
            A_PERSON,
            id="barred",
        ),
        pytest.param(
            replace(NOTHING, rejected=(BARRED.model_copy(update={"propagated_to": ("repository",)}),)),
            None,
            "Of 0.1.0: mend it and push",
            A_PERSON,
            id="the first version was taken out",
        ),
        pytest.param(
            replace(NOTHING, waits="0.1.0", declined=NO),
            True,
            "Nothing: Kim said no to 0.1.0 (not on a Friday). To be asked again: headway release shop testing",
            A_PERSON,
            id="somebody said no to the first version",
        ),
        pytest.param(NOTHING, None, "as soon as a version is offered", HEADWAY, id="nothing yet"),
        pytest.param(replace(RUNS, state=State.DRIFTED), None, "drift: correct", A_PERSON, id="drifted"),
    ],
)
def test_what_comes_next_and_who_must_act(
    status: ReleaseStatus, gated: bool | None, then: str, acts: str
) -> None:
    said = explain(replace(status, gated=gated))
    assert (then in said.next, said.acts) == (True, acts), said


@pytest.mark.parametrize(
    ("status", "waits"),
    [
        pytest.param(WAITS, True, id="policy is not at hand"),
        pytest.param(replace(WAITS, gated=True), True, id="gated"),
        pytest.param(replace(WAITS, gated=False), True, id="a removal waits without a gate"),
        pytest.param(replace(WAITS, approval=APPROVED), False, id="approved"),
        pytest.param(replace(WAITS, declined=NO), False, id="somebody said no"),
        pytest.param(replace(WAITS, state=State.FROZEN, freeze=FREEZE), False, id="frozen"),
        pytest.param(RUNS, False, id="nothing waits"),
    ],
)
def test_a_run_that_waits_is_told(status: ReleaseStatus, waits: bool) -> None:
    said = explain(status, run="release shop to testing")
    told = "release shop to testing waits for approval; it goes on when somebody answers it: headway approve"
    assert (told in said.next, waits <= (said.acts == A_PERSON)) == (waits, True), said


ASKED = Asked(version="0.1.4", chart_digest="sha256:1", at=NOW - timedelta(hours=1), run="asks")
AT_GATE = replace(WAITS, asked=ASKED)


@pytest.mark.parametrize(
    ("status", "then", "acts"),
    [
        pytest.param(AT_GATE, "0.1.4 waits for approval since 2026-11-27 09:00 UTC", A_PERSON, id="asked"),
        pytest.param(
            replace(AT_GATE, waits="0.1.5"),
            "0.1.4 waits for approval since 2026-11-27 09:00 UTC; 0.1.5 came since and is asked about next",
            A_PERSON,
            id="a newer one came since",
        ),
        pytest.param(
            replace(NOTHING, waits="0.1.4", asked=ASKED),
            "0.1.4 waits for approval since",
            A_PERSON,
            id="nothing runs",
        ),
        pytest.param(
            replace(AT_GATE, state=State.UNTESTED), "Its tests run", HEADWAY, id="what runs is tested first"
        ),
        pytest.param(
            replace(AT_GATE, state=State.FROZEN, freeze=FREEZE),
            "Nothing until it is lifted",
            A_PERSON,
            id="frozen",
        ),
        pytest.param(
            replace(AT_GATE, unnamed_in="headway.yaml"), "Nothing: what runs stays", NOBODY, id="not declared"
        ),
    ],
)
def test_the_version_that_the_gate_asks_about_is_told(status: ReleaseStatus, then: str, acts: str) -> None:
    said = explain(status)
    assert (said.next.startswith(then), said.acts) == (True, acts), said
    answer = "0.1.4 goes on when somebody answers it: headway approve shop testing"
    assert (answer in said.next) is ("for approval" in then)
    assert may_wait_at_gate(status) or "for approval" not in then


@pytest.mark.parametrize(
    ("run", "then"),
    [
        pytest.param("asks", "0.1.4 waits for approval since", id="that one waits"),
        pytest.param("another", "A release of 0.1.4 begins", id="another one waits"),
        pytest.param("", "A release of 0.1.4 begins", id="none waits any more"),
    ],
)
def test_what_the_record_says_is_asked_where_prefect_says_so_too(run: str, then: str) -> None:
    assert explain(confirmed(AT_GATE, run)).next.startswith(then)


@pytest.mark.parametrize(
    ("status", "called", "said"),
    [
        pytest.param(WAITS, "OutOfSync", ("0.1.4 waits",), id="policy is not at hand"),
        pytest.param(replace(WAITS, gated=False), "OutOfSync", ("0.1.4 waits",), id="no gate"),
        pytest.param(
            replace(WAITS, gated=True),
            "OutOfSync",
            ("0.1.4 waits: nobody is asked for approval yet",),
            id="gated",
        ),
        pytest.param(
            replace(WAITS, gated=True, approval=APPROVED),
            "OutOfSync",
            ("Ada approved 0.1.4", "0.1.4 waits"),
            id="approved",
        ),
        pytest.param(
            replace(WAITS, gated=True, state=State.UNTESTED), "Untested", ("0.1.4 waits",), id="tests first"
        ),
        pytest.param(
            replace(WAITS, state=State.LOCKED, at_work="0.1.4"),
            "Releasing",
            ("a run is at work on 0.1.4",),
            id="at work",
        ),
        pytest.param(
            replace(WAITS, state=State.LOCKED, at_work="0.1.3"),
            "Releasing",
            ("a run is at work on 0.1.3", "0.1.4 waits"),
            id="at work on another",
        ),
        pytest.param(replace(WAITS, state=State.LOCKED), "Locked", ("0.1.4 waits",), id="left by Helm"),
    ],
)
def test_what_is_noted_of_what_waits(status: ReleaseStatus, called: str, said: tuple[str, ...]) -> None:
    assert (status_table.values(status)["state"], status_table.notes(status)) == (called, said)


def test_what_runs_and_what_is_wanted() -> None:
    said = explain(WAITS)
    assert (said.runs, said.desired) == ("0.1.3, revision 7, for 3h, tested 2h ago", "0.1.4")
    assert said.notes == ("0.1.4 waits", WITHOUT_POLICY.format("headway explain shop testing"))
    assert explain(replace(WAITS, gated=False)).notes == ("0.1.4 waits",), "policy was read"
    assert explain(RUNS).desired == "0.1.3, which runs"
    unknown = replace(RUNS, state=State.UNKNOWN, offered=None, why="", trouble="S3 does not answer")
    assert (explain(unknown).desired, explain(unknown).why) == ("not known", "not known")


def test_every_state_is_explained() -> None:
    for state in State:
        assert explain(replace(RUNS, state=state)).next
    assert explain(NOTHING).runs == "nothing"


def test_an_environment_that_is_declared_no_more() -> None:
    gone = replace(WAITS, unnamed_in="headway.yaml")
    said = explain(gone, run="release shop to testing")
    assert (said.acts, "helm uninstall shop --namespace shop-testing" in said.next) == (NOBODY, True), said
    assert said.notes[0].startswith("headway.yaml does not name this environment any more")
    assert WITHOUT_POLICY not in said.notes
    assert status_table.brief(gone)[0] == "not in headway.yaml any more"


@pytest.mark.parametrize(
    ("title", "wanted", "why"),
    [
        (
            "## shop in live: first install of 0.1.0",
            "0.1.0",
            "Release it (first install of 0.1.0) waits for approval",
        ),
        ("", "not known", "Release it waits for approval"),
    ],
    ids=["its plan says which", "its plan is lost"],
)
def test_a_first_release_at_its_gate_names_the_version_that_is_asked_about(
    title: str, wanted: str, why: str
) -> None:
    said = of_first_release(RUNS.ref, "Release it", f"{title}\n\nEvery release is approved.")
    assert (said.desired, said.why, said.acts) == (wanted, why, A_PERSON)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (
            "## shop in production: 0.1.0 → 0.1.2\n\n0.1.2 is wanted, 0.1.0 runs.",
            "Release it (0.1.0 → 0.1.2)",
        ),
        (
            "It was answered before.\n\n## shop in live: first install of 0.1.0\n### Images: 2\n",
            "Release it (first install of 0.1.0)",
        ),
        ("## Something else", "Release it"),
        ("", "Release it"),
    ],
    ids=["an upgrade", "not the first line", "no version", "no plan"],
)
def test_a_run_that_waits_is_named_with_what_it_asks(plan: str, said: str) -> None:
    assert named_with_plan("Release it", plan) == said

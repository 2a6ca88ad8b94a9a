"""What the status of a release says, by what record, Helm's history and chart index say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headway.decide.release import standing_orders, transitions
from headway.decide.release.observation import ReleaseFingerprint, Revision
from headway.decide.release.state import State
from headway.decide.review import release_history, status_table
from headway.decide.review.status import ReleaseStatus, status, unreadable
from headway.model.audit import AuditEntry
from headway.model.charts import ChartEntry
from headway.model.record import Approval, Asked, Attempt, Freeze, Good, Hold, Rejection, ReleaseRecord
from headway.model.release_history import HelmRevision
from headway.model.release_ref import ReleaseRef

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
REF = ReleaseRef("shop", "testing", "shop")


def good(version: str, revision: int) -> Good:
    return Good(
        revision=revision,
        chart_digest=f"sha256:{version}",
        values_digest="v",
        version=version,
        tested_at=YESTERDAY,
    )


def attempt(version: str, revision: int, outcome: str) -> Attempt:
    return Attempt.model_validate(
        {
            "chart_digest": f"sha256:{version}",
            "values_digest": "v",
            "version": version,
            "revision": revision,
            "started_at": YESTERDAY,
            "outcome": outcome,
        }
    )


def rejection(version: str, *inputs: str) -> Rejection:
    return Rejection(
        chart_digest=f"sha256:{version}", version=version, reason="its tests\n failed", at=NOW, inputs=inputs
    )


SINCE = f"is barred since {NOW:%Y-%m-%d %H:%M} UTC"
FAILED = "its tests failed (headway lift shop testing 1.1.0 --reason WHY)"
SET = ("image r.example/catalog main-2", "image r.example/cart main-1@sha256:12")


def record(**parts: object) -> ReleaseRecord:
    return ReleaseRecord.model_validate(
        {"application": "shop", "environment": "testing", "release": "shop", **parts}
    )


def revision(number: int, state: str, version: str) -> Revision:
    return Revision(number, state, version, NOW - timedelta(hours=number))


def offers(*versions: str) -> list[ChartEntry]:
    return [ChartEntry("shop", each, f"sha256:{each}", f"{each}.tgz", YESTERDAY) for each in versions]


def look(
    known: ReleaseRecord | None,
    revisions: tuple[Revision, ...],
    offered: list[ChartEntry] | None,
    *,
    constraint: str | None = None,
    policy_freeze: str = "",
    trouble: str = "",
) -> ReleaseStatus:
    return status(
        REF,
        "shop-testing",
        now=NOW,
        record=known,
        revisions=revisions,
        offered=offered,
        constraint=constraint,
        policy_freeze=policy_freeze,
        trouble=trouble,
    )


GOOD = record(good=[good("1.0.0", 1)], attempts=[attempt("1.0.0", 1, "passed")])
RUNS = (revision(1, "deployed", "1.0.0"),)
APPROVAL = Approval(by="Ada", why="", at=NOW, version="1.1.0", chart_digest="sha256:1.1.0", plan="a plan")
HOLD = Hold(by="Ada", why="orders fail", at=NOW, version="1.0.0", not_above="1.1.0")


@pytest.mark.parametrize(
    ("seen", "state", "offered", "waits", "notes"),
    [
        pytest.param(look(GOOD, RUNS, offers("1.0.0")), State.IN_SYNC, "1.0.0", "", (), id="in sync"),
        pytest.param(
            look(GOOD, RUNS, offers("1.1.0", "1.0.0")),
            State.OUT_OF_SYNC,
            "1.1.0",
            "1.1.0",
            ("1.1.0 waits",),
            id="a newer version waits",
        ),
        pytest.param(
            look(GOOD, RUNS, offers("2.0.0", "1.0.0"), constraint="<2"),
            State.IN_SYNC,
            "2.0.0",
            "",
            (),
            id="a newer version is not for here",
        ),
        pytest.param(
            look(GOOD, RUNS, offers("2.0.0-rc.1", "1.0.0")),
            State.IN_SYNC,
            "2.0.0-rc.1",
            "",
            (),
            id="a pre-release is offered, and never taken by default",
        ),
        pytest.param(
            look(
                GOOD.model_copy(update={"rejections": (rejection("1.1.0"), rejection("0.9.0"))}),
                RUNS,
                offers("1.1.0", "1.0.0", "0.9.0"),
            ),
            State.IN_SYNC,
            "1.1.0",
            "",
            (f"1.1.0 {SINCE}: {FAILED}",),
            id="a newer version is barred; older rejections matter no more",
        ),
        pytest.param(
            look(
                GOOD.model_copy(update={"rejections": (rejection("1.1.0", *SET),)}),
                RUNS,
                offers("1.1.0", "1.0.0"),
            ),
            State.IN_SYNC,
            "1.1.0",
            "",
            (
                f"1.1.0 {SINCE}, with all that holds r.example/cart main-1, r.example/catalog main-2: {FAILED}",
            ),
            id="two of its inputs are barred together",
        ),
        pytest.param(
            look(GOOD.model_copy(update={"hold": HOLD}), RUNS, offers("1.1.0", "1.0.0")),
            State.HELD,
            "1.1.0",
            "",
            (
                "Ada holds 1.0.0 (nothing up to 1.1.0): orders fail (headway lift shop testing hold --reason WHY)",
            ),
            id="a person holds",
        ),
        pytest.param(
            look(GOOD.model_copy(update={"hold": HOLD}), RUNS, offers("1.2.0", "1.1.0", "1.0.0")),
            State.OUT_OF_SYNC,
            "1.2.0",
            "1.2.0",
            ("1.2.0 waits",),
            id="a hold ends with what is newer than was left",
        ),
        pytest.param(
            look(
                GOOD.model_copy(update={"freeze": Freeze(by="Headway", why="last good fails", at=NOW)}),
                RUNS,
                offers("1.1.0"),
            ),
            State.FROZEN,
            "1.1.0",
            "1.1.0",
            (
                "frozen by Headway: last good fails (headway lift shop testing freeze --reason WHY)",
                "1.1.0 waits",
            ),
            id="frozen in its record",
        ),
        pytest.param(
            look(GOOD.model_copy(update={"approval": APPROVAL}), RUNS, offers("1.1.0", "1.0.0")),
            State.OUT_OF_SYNC,
            "1.1.0",
            "1.1.0",
            ("Ada approved 1.1.0", "1.1.0 waits"),
            id="approved, and not carried out yet",
        ),
        pytest.param(
            look(standing_orders.declined(GOOD, APPROVAL), RUNS, offers("1.1.0", "1.0.0")),
            State.OUT_OF_SYNC,
            "1.1.0",
            "1.1.0",
            ("1.1.0 waits: Ada said no (headway release shop testing asks again)",),
            id="somebody said no",
        ),
        pytest.param(
            look(GOOD, RUNS, offers("1.1.0"), policy_freeze="frozen in headway.yaml"),
            State.FROZEN,
            "1.1.0",
            "1.1.0",
            ("frozen in headway.yaml", "1.1.0 waits"),
            id="frozen by policy",
        ),
        pytest.param(
            look(GOOD, RUNS, None, trouble="s3://charts: S3 does not answer"),
            State.UNKNOWN,
            None,
            "",
            ("s3://charts: S3 does not answer",),
            id="nobody knows what is offered: what runs is said all the same",
        ),
        pytest.param(
            look(
                GOOD.model_copy(update={"attempts": (attempt("1.1.0", 2, "started"), *GOOD.attempts)}),
                (revision(2, "pending-upgrade", "1.1.0"), *RUNS),
                offers("1.1.0", "1.0.0"),
            ),
            State.LOCKED,
            "1.1.0",
            "1.1.0",
            ("1.1.0 waits",),
            id="helm is at work, or died",
        ),
    ],
)
def test_what_is_said_while_1_0_0_runs(
    seen: ReleaseStatus, state: State, offered: str | None, waits: str, notes: tuple[str, ...]
) -> None:
    assert (seen.state, seen.offered, seen.waits) == (state, offered, waits)
    assert status_table.notes(seen) == notes
    assert (seen.version, seen.revision, seen.since) == ("1.0.0", 1, NOW - timedelta(hours=1))
    assert seen.tested_at == YESTERDAY


def test_a_revision_that_has_not_passed_is_not_tested_though_its_content_did_before() -> None:
    known = record(good=[good("1.0.0", 1)], attempts=[attempt("1.0.0", 2, "deployed")])
    seen = look(
        known, (revision(2, "deployed", "1.0.0"), revision(1, "superseded", "1.0.0")), offers("1.0.0")
    )
    assert (seen.state, seen.revision, seen.tested_at) == (State.UNTESTED, 2, None)


@pytest.mark.parametrize(
    ("outcome", "cause", "offered", "said"),
    [
        pytest.param(
            "tests-failed", "surroundings", "1.0.0", "the tests of 1.0.0 are tried again", id="tests"
        ),
        pytest.param("failed", "unknown", "1.0.0", "1.0.0 is tried again", id="a rollout"),
        pytest.param("failed", "version", "1.0.0", "", id="the version is to blame"),
        pytest.param("failed", "surroundings", "1.1.0", "", id="another version is wanted by now"),
        pytest.param("interrupted", "surroundings", "1.0.0", "", id="it was cut off, and goes on at once"),
    ],
)
def test_what_failed_for_its_surroundings_is_said_to_be_tried_again(
    outcome: str, cause: str, offered: str, said: str
) -> None:
    tried = attempt("1.0.0", 2, outcome).model_copy(update={"cause": cause, "reason": "its pod was deleted"})
    status = "failed" if outcome == "failed" else "deployed"
    seen = look(record(attempts=[tried]), (revision(2, status, "1.0.0"),), offers(offered))
    assert [each for each in status_table.brief(seen) if "again" in each] == ([said] if said else [])
    assert any("its pod was deleted" in each for each in status_table.notes(seen)) == bool(said)


def test_after_a_way_back_the_test_of_what_runs_now_is_shown() -> None:
    hour = timedelta(hours=1)
    known = record()
    for at, version in enumerate(("1.0.0", "1.1.0", "1.0.0"), 1):
        content = ReleaseFingerprint(f"sha256:{version}", "v", version)
        known = transitions.attempted(known, content, revision=at, now=YESTERDAY + at * hour)
        known = transitions.passed(known, content, at, now=YESTERDAY + (at + 0.5) * hour)
    ran = (revision(3, "deployed", "1.0.0"), revision(2, "superseded", "1.1.0"))
    seen = look(known, ran, offers("1.1.0", "1.0.0"))
    assert known.last_good
    assert known.last_good.tested_at == YESTERDAY + 1.5 * hour, "it soaks since"
    assert seen.tested_at == YESTERDAY + 3.5 * hour
    stored = [HelmRevision(3, "deployed", "shop", "1.0.0", YESTERDAY + 3 * hour)]
    assert release_history.timeline(known, stored)[0].tested_at == seen.tested_at


def test_where_nothing_is_installed_there_is_no_version() -> None:
    seen = look(record(), (), offers("1.0.0"))
    assert (seen.state, seen.version, seen.revision, seen.since) == (State.ABSENT, "", None, None)
    assert (seen.offered, seen.waits) == ("1.0.0", "1.0.0")
    assert look(record(), (), []).offered == ""


def test_what_cannot_be_read_is_unknown_and_says_why() -> None:
    seen = unreadable(REF, "shop-testing", now=NOW, trouble="ConfigMap x: damaged")
    assert (seen.state, status_table.notes(seen)) == (State.UNKNOWN, ("ConfigMap x: damaged",))


def test_the_table_as_people_read_it() -> None:
    running = look(GOOD, RUNS, offers("1.1.0", "1.0.0"))
    absent = look(record(), (), None, trouble="away")
    assert status_table.rows([running, absent]) == [
        ["APPLICATION", "ENVIRONMENT", "VERSION", "REVISION", "SINCE", "TESTED", "STATE", "OFFERED", "NOTES"],
        ["shop", "testing", "1.0.0", "1", "1h", "1d", "OutOfSync", "1.1.0", "1.1.0 waits"],
        ["shop", "testing", "-", "-", "-", "no", "Absent", "unknown", "away"],
    ]
    assert {"RELEASE", "NAMESPACE", "WAITS"} < set(status_table.rows([], wide=True)[0])


FULL = replace(
    look(GOOD, RUNS, offers("1.1.0", "1.0.0")),
    trouble="s3://charts: S3 does not answer, and nobody knows when it will. Try again later.",
    freeze=Freeze(by="Ada", why="the database is being moved", at=NOW),
    hold=Hold(by="Kim", why="slow", at=NOW, version="1.0.0", not_above="1.1.0"),
    drift=("Secret a is missing", "Secret b is missing"),
    rejected=(
        Rejection(chart_digest="d", version="1.3.0", reason="it broke", at=NOW),
        Rejection(chart_digest="e", version="1.2.0", reason="it broke", at=NOW),
    ),
    declined=AuditEntry(kind="rejected", by="Bob", at=NOW, why="not on a Friday"),
)
BRIEF = (
    "s3://charts: S3 does not answer, and...; frozen by Ada; held by Kim; 2 live objects changed; 1.3.0 and 1 more are barred; "
    "1.1.0 waits: Bob said no"
)


def test_notes_are_told_briefly_in_a_table_and_in_full_where_somebody_wants_more() -> None:
    assert status_table.rows([FULL])[1][-1] == BRIEF
    assert status_table.rows([FULL], wide=True)[1][-1] == "; ".join(status_table.notes(FULL))
    assert status_table.values(FULL)["notes"] == status_table.notes(FULL)


def test_the_values_that_programs_read() -> None:
    assert status_table.values(look(GOOD, RUNS, offers("1.1.0", "1.0.0"))) == {
        "application": "shop",
        "environment": "testing",
        "release": "shop",
        "namespace": "shop-testing",
        "version": "1.0.0",
        "revision": 1,
        "since": NOW - timedelta(hours=1),
        "tested": YESTERDAY,
        "state": "OutOfSync",
        "offered": "1.1.0",
        "waits": "1.1.0",
        "asked": "",
        "notes": ("1.1.0 waits",),
    }


def _asking(version: str, ago: timedelta = timedelta(hours=1), known: ReleaseRecord = GOOD) -> ReleaseRecord:
    asked = Asked(version=version, chart_digest=f"sha256:{version}", at=NOW - ago, run="r")
    return standing_orders.asked(known, asked)


THREE = offers("1.2.0", "1.1.0", "1.0.0")
ASKED_AT = f" since {NOW - timedelta(hours=1):%Y-%m-%d %H:%M} UTC"


@pytest.mark.parametrize(
    ("seen", "brief", "note", "asked"),
    [
        pytest.param(
            look(_asking("1.2.0"), RUNS, THREE),
            "1.2.0 waits for approval",
            f"1.2.0 waits for approval{ASKED_AT}",
            "1.2.0",
            id="what is wanted",
        ),
        pytest.param(
            look(_asking("1.1.0"), RUNS, THREE),
            "1.1.0 waits for approval; 1.2.0 came since and is asked about next",
            f"1.1.0 waits for approval{ASKED_AT}; 1.2.0 came since and is asked about next",
            "1.1.0",
            id="a newer one came since",
        ),
        pytest.param(
            look(_asking("1.2.0"), RUNS, THREE, constraint="<1.2"),
            "1.2.0 waits for approval; 1.1.0 is wanted by now and is asked about next",
            f"1.2.0 waits for approval{ASKED_AT}; 1.1.0 is wanted by now and is asked about next",
            "1.2.0",
            id="an older one is wanted by now",
        ),
        pytest.param(
            look(_asking("1.1.0"), RUNS, None, trouble="away"),
            "away; 1.1.0 waits for approval",
            f"1.1.0 waits for approval{ASKED_AT}",
            "1.1.0",
            id="nobody knows what is offered",
        ),
        pytest.param(
            look(_asking("1.1.0"), RUNS, offers("1.0.0")), "-", "", "", id="it is not to be released any more"
        ),
        pytest.param(
            look(_asking("1.1.0", timedelta(days=7)), RUNS, THREE),
            "1.2.0 waits",
            "1.2.0 waits",
            "",
            id="its patience has ended",
        ),
        pytest.param(look(GOOD, RUNS, THREE), "1.2.0 waits", "1.2.0 waits", "", id="a record of before"),
        pytest.param(
            look(_asking("1.1.0"), RUNS, THREE, policy_freeze="frozen in headway.yaml"),
            "frozen in headway.yaml; 1.2.0 waits",
            "1.2.0 waits",
            "",
            id="frozen since",
        ),
        pytest.param(
            look(_asking("1.2.0", known=GOOD.model_copy(update={"approval": APPROVAL})), RUNS, THREE),
            "Ada approved 1.1.0; 1.1.0 waits",
            "1.1.0 waits",
            "",
            id="another one is approved",
        ),
        pytest.param(
            look(_asking("1.1.0", known=standing_orders.declined(GOOD, APPROVAL)), RUNS, offers("1.1.0")),
            "1.1.0 waits for approval",
            f"1.1.0 waits for approval{ASKED_AT}",
            "1.1.0",
            id="it was answered with no, and somebody has it asked again",
        ),
    ],
)
def test_it_is_what_the_gate_asks_about_that_waits_for_approval(
    seen: ReleaseStatus, brief: str, note: str, asked: str
) -> None:
    assert status_table.rows([seen])[1][-1] == brief
    assert [each for each in status_table.notes(seen) if " waits" in each] == [*filter(None, [note])]
    assert status_table.values(seen)["asked"] == asked


@pytest.mark.parametrize(
    ("passed", "says"),
    [
        pytest.param(timedelta(seconds=-3), "0s", id="a clock that is ahead"),
        pytest.param(timedelta(seconds=59), "59s", id="seconds"),
        pytest.param(timedelta(minutes=59, seconds=59), "59m", id="minutes"),
        pytest.param(timedelta(hours=23, minutes=59), "23h", id="hours"),
        pytest.param(timedelta(days=400), "400d", id="days"),
    ],
)
def test_ages(passed: timedelta, says: str) -> None:
    assert status_table.age(NOW - passed, NOW) == says


@pytest.mark.parametrize(
    ("offered", "named", "trouble"),
    [
        pytest.param(offers("1"), State.FROZEN, "the chart repository went back in time: 2", id="went back"),
        pytest.param(None, State.UNKNOWN, "S3 is away", id="cannot be read"),
        pytest.param(offers("1", "2"), State.IN_SYNC, "", id="as it was"),
    ],
)
def test_an_index_that_went_back_in_time(
    offered: list[ChartEntry] | None, named: State, trouble: str
) -> None:
    known = record(good=(good("2", 2),), attempts=(attempt("2", 2, "passed"),))
    found = status(
        REF,
        "shop-testing",
        now=NOW,
        record=known,
        revisions=(revision(2, "deployed", "2"),),
        offered=offered,
        trouble="" if offered else "S3 is away",
    )
    assert found.state is named
    assert found.trouble.startswith(trouble)
    assert bool(found.trouble) is bool(trouble)

"""Where a change stands, out of what registry, git, charts, record and Prefect say, or do not say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headway.cli.table import laid_out
from headway.decide.review import changes, delivery_text
from headway.decide.review.changes import UNSEEN, Change, Place, Version
from headway.decide.review.delivery import Delivery, delivery
from headway.decide.review.delivery_facts import Facts, Made, Run, Stage, Standing
from headway.decide.review.stage_times import STAGES
from headway.model.audit import AuditEntry
from headway.model.charts import COMMIT_ANNOTATION, ChartEntry
from headway.model.edits import Commit
from headway.model.images import ImageFacts
from headway.model.record import Approval, Asked, Freeze, Hold, Rejection, ReleaseRecord
from headway.model.release_history import HistoryEntry, HistoryImage, ServiceChart
from headway.model.report import StageResult

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OLD = HistoryImage("r.example/cart", "main-1111111", "sha256:old", "1111111", "cart", "1.0.0")
NEW = HistoryImage("r.example/cart", "main-2222222", "sha256:new", "2222222", "cart", "1.1.0")
WHAT = "main-2222222"
TAKEN_UP = Commit(
    "e" * 40,
    (),
    "Headway",
    1_700_000_000,
    "Update cart to main-2222222\n\nHeadway-Stage: update_application\nHeadway-Image: r.example/cart:main-2222222\n",
)
TAKEN_BACK = Commit(
    "f" * 40,
    ("e" * 40,),
    "Headway",
    1_700_000_100,
    "Take cart back: 2.0.0 failed\n\n- r.example/cart main-2222222: barred\n\nHeadway-Stage: withdraw\nHeadway-Run: r\n",
)


def at(minute: int) -> datetime:
    return NOW + timedelta(minutes=minute)


def entry(
    version: str, image: HistoryImage, minute: int, outcome: str = "passed", **more: Any
) -> HistoryEntry:
    made = HistoryEntry(
        minute + 1,
        version,
        more.pop("kind", "release"),
        chart="shop",
        status=more.pop("status", "superseded"),
        outcome=outcome,
        started_at=at(minute),
        tested_at=at(minute + 1) if outcome == "passed" else None,
        ended_at=at(minute + 1),
        chart_digest=f"sha256:{version}",
        images=(image,),
        charts=(ServiceChart("cart", image.chart_version),),
    )
    return replace(made, **more)


def offered(version: str, minute: int, name: str = "shop") -> ChartEntry:
    return ChartEntry(name, version, f"sha256:{version}", "x.tgz", at(minute), {COMMIT_ANNOTATION: "e" * 40})


def record(**more: Any) -> ReleaseRecord:
    return ReleaseRecord(application="shop", environment="it", release="shop", **more)


BEFORE = entry("1.0.0", OLD, -60, status="deployed")
PASSED = entry("2.0.0", NEW, 0, status="deployed", run="run-1", by="headway")
INDEX = (offered("1.0.0", -70), offered("2.0.0", -1))
CHARTS = (offered("1.1.0", -3, "cart"),)
BARRED = Rejection(chart_digest="sha256:2.0.0", version="2.0.0", reason="its test says no", at=at(2))
NO = AuditEntry(kind="rejected", by="Bo", at=at(3), why="not today", digest="sha256:2.0.0", version="2.0.0")
GATE = "Release shop to production"
"""What the run is called: no run's name says of which version it is."""


def asked(version: str) -> Asked:
    return Asked(version=version, chart_digest=f"sha256:{version}", at=at(4), run="r")


TESTED = Place("testing", (PASSED, replace(BEFORE, status="superseded")), record(), INDEX, "s3://testing")
PACKAGES = {"sha256:2.0.0": Version("2.0.0", "sha256:2.0.0", "e" * 40, at(-2), images=(NEW,))}


def production(
    *entries: HistoryEntry, index: tuple[ChartEntry, ...] | None = INDEX, **more: Any
) -> tuple[Place, Place]:
    """Where nothing else is said, 1.0.0 runs."""
    return TESTED, Place("production", entries or (BEFORE,), record(**more), index, "s3://production")


def seen(
    places: Sequence[Place], what: str = WHAT, packages: Mapping[str, Version] = PACKAGES, **more: Any
) -> Delivery:
    commits, lines = more.pop("commits", (TAKEN_UP,)), more.pop("lines", ())
    if len(places) > 2:
        names = [each.environment for each in places]
        places = [replace(each, way=each.way or tuple(names[: at + 1])) for at, each in enumerate(places)]
    change = changes.change(what, changes.versions(places, packages), commits or (), lines or ())
    images = {
        NEW.reference: ImageFacts("sha256:new", "2026-11-23T11:50:00Z", {"build": "7"}, revision="2" * 40)
    }
    facts = Facts(
        change, tuple(places), more.pop("images", images), commits, service_charts=CHARTS, lines=lines, **more
    )
    return delivery(facts)


def stage(found: Delivery, name: str) -> Stage:
    return next(each for each in found.stages if each.name == name)


def run(name: str = GATE, *, waits: bool = False, begun: bool = False) -> Run:
    return Run("production", name, waits, begun)


@pytest.mark.parametrize(
    ("places", "more", "standing", "says"),
    [
        pytest.param(production(PASSED), {}, Standing.DONE, "2.0.0 runs, and passed its tests.", id="tested"),
        pytest.param(
            production(BEFORE, index=INDEX[:1]),
            {},
            Standing.WAITS,
            "It passed its tests in testing, and is not promoted yet.",
            id="to be promoted",
        ),
        pytest.param(
            production(index=INDEX[:1]),
            {
                "lines": (
                    StageResult(
                        "promote", "production", "nothing to promote", "2.0.0 has to be good for 1h first"
                    ),
                )
            },
            Standing.WAITS,
            "It passed its tests in testing. 2.0.0 has to be good for 1h first.",
            id="soaks",
        ),
        pytest.param(
            production(index=INDEX[:1]),
            {"lines": None, "prefect_unknown": "Prefect does not answer"},
            Standing.WAITS,
            "is not promoted yet. Why, Prefect did not say.",
            id="nobody knows why it is not promoted",
        ),
        pytest.param(
            production(),
            {"runs": (run(waits=True),)},
            Standing.WAITS,
            "Release shop to production waits for somebody to approve it.",
            id="at the gate, by a record of before",
        ),
        pytest.param(
            production(index=(*INDEX, offered("3.0.0", 0)), asked=asked("2.0.0")),
            {"runs": (run(waits=True),)},
            Standing.WAITS,
            "2.0.0 waits for somebody to approve it.",
            id="at the gate, and a newer one came since",
        ),
        pytest.param(
            production(asked=asked("1.5.0")),
            {"runs": (run(waits=True),)},
            Standing.WAITS,
            "1.5.0 waits for somebody to approve it; 2.0.0 came since and is asked about next.",
            id="an older version is at the gate",
        ),
        pytest.param(
            production(index=(*INDEX, offered("3.0.0", 0)), asked=asked("1.5.0")),
            {},
            Standing.WAITS,
            "1.5.0 waits for somebody to approve it; 2.0.0 came since, and 3.0.0 after it.",
            id="an older version is at the gate, and a newer one comes next",
        ),
        pytest.param(
            production(asked=asked("2.0.0")),
            {"runs": None, "prefect_unknown": "Prefect does not answer"},
            Standing.WAITS,
            "2.0.0 waits for somebody to approve it.",
            id="at the gate, and Prefect is away",
        ),
        pytest.param(
            production(asked=asked("2.0.0")),
            {"runs": (run(begun=True),)},
            Standing.UNDER_WAY,
            "is at work",
            id="it was answered, and nobody has written so yet",
        ),
        pytest.param(
            production(asked=asked("2.0.0"), audit=(NO,)),
            {"runs": (run(waits=True),)},
            Standing.WAITS,
            "2.0.0 waits for somebody to approve it.",
            id="somebody said no, and it is asked again",
        ),
        pytest.param(
            production(
                asked=asked("1.5.0"),
                hold=Hold(by="Ada", why="orders fail", at=NOW, version="1.0.0", not_above="2.0.0"),
            ),
            {"runs": (run(waits=True),)},
            Standing.LEFT_ALONE,
            "Ada holds 1.0.0",
            id="a person went back while one was at the gate",
        ),
        pytest.param(
            production(index=(*INDEX, offered("3.0.0", 0))),
            {"runs": (run(waits=True),)},
            Standing.WAITS,
            "3.0.0 is offered there by now, which does not hold it: that may be what is asked about.",
            id="at the gate, for nobody says which version",
        ),
        pytest.param(
            production(index=(*INDEX, offered("3.0.0", 0)), audit=(NO,), asked=asked("3.0.0")),
            {"runs": (run(waits=True),)},
            Standing.LEFT_ALONE,
            "Bo said no to 2.0.0: headway release shop it asks again.",
            id="somebody said no, and another version is at the gate",
        ),
        pytest.param(
            production(asked=asked("3.0.0")),
            {"runs": (run(waits=True),)},
            Standing.WAITS,
            "2.0.0 is published; 3.0.0, which is newer, waits for somebody to approve it.",
            id="a newer version is at the gate",
        ),
        pytest.param(
            production(), {"runs": (run(begun=True),)}, Standing.UNDER_WAY, "is at work", id="a run has begun"
        ),
        pytest.param(
            production(), {"runs": (run(),)}, Standing.WAITS, "is about to begin", id="a run is scheduled"
        ),
        pytest.param(
            production(),
            {
                "lines": (
                    StageResult("release", "production", "Frozen", "Frozen by policy: the database moves."),
                )
            },
            Standing.WAITS,
            "its release has not begun: Frozen by policy: the database moves.",
            id="the report says why",
        ),
        pytest.param(
            production(
                approval=Approval(by="Ada", why="", at=at(2), version="2.0.0", chart_digest="d", plan="p")
            ),
            {},
            Standing.WAITS,
            "Ada approved 2.0.0; its release has not begun.",
            id="approved",
        ),
        pytest.param(
            production(freeze=Freeze(by="Kim", why="a sale", at=NOW)),
            {},
            Standing.WAITS,
            "2.0.0 is published; frozen by Kim: a sale.",
            id="frozen",
        ),
        pytest.param(
            production(hold=Hold(by="Ada", why="orders fail", at=NOW, version="1.0.0", not_above="2.0.0")),
            {},
            Standing.LEFT_ALONE,
            "Ada holds 1.0.0, and nothing up to 2.0.0 is released: orders fail.",
            id="held",
        ),
        pytest.param(
            production(rejections=(BARRED,)),
            {},
            Standing.LEFT_ALONE,
            "2.0.0 is barred: its test says no.",
            id="barred",
        ),
        pytest.param(
            production(entry("3.0.0", OLD, 5, status="deployed")),
            {},
            Standing.LEFT_ALONE,
            "3.0.0, which is newer, came here instead.",
            id="not newer",
        ),
        pytest.param(
            production(index=None),
            {},
            Standing.UNKNOWN,
            "What its chart repository offers is not known.",
            id="no index",
        ),
        pytest.param(
            production(replace(PASSED, outcome="started"), BEFORE),
            {"runs": (run(begun=True),)},
            Standing.UNDER_WAY,
            "2.0.0 is being brought in.",
            id="releasing",
        ),
        pytest.param(
            production(replace(PASSED, outcome="started"), BEFORE),
            {},
            Standing.WAITS,
            "2.0.0 was begun, and no run is at work.",
            id="its worker died",
        ),
        pytest.param(
            production(replace(PASSED, outcome="deployed"), BEFORE),
            {},
            Standing.UNDER_WAY,
            "2.0.0 is upgraded, and its tests have not spoken yet.",
            id="being tested",
        ),
        pytest.param(
            production(
                entry("1.0.0", OLD, 3, kind="rollback", status="deployed"),
                entry("2.0.0", NEW, 0, "tests-failed", reason="buy-something says no"),
            ),
            {},
            Standing.WENT_BACK,
            "Its tests failed: buy-something says no. 1.0.0 runs.",
            id="went back",
        ),
        pytest.param(
            production(BEFORE, entry("2.0.0", NEW, 0, "refused", reason="field is immutable")),
            {},
            Standing.WENT_BACK,
            "It was refused, and nothing was changed: field is immutable. 1.0.0 runs.",
            id="refused",
        ),
        pytest.param(
            production(
                entry("1.0.0", OLD, 3, kind="rollback", status="deployed", by="Ada", why="orders fail"),
                replace(PASSED, status="superseded"),
            ),
            {},
            Standing.WENT_BACK,
            "Ada went back to 1.0.0: orders fail.",
            id="a person went back",
        ),
        pytest.param(
            production(entry("2.0.0", NEW, 0, "interrupted"), BEFORE),
            {},
            Standing.WAITS,
            "The release of 2.0.0 was cut off; the next look goes on.",
            id="cut off",
        ),
        pytest.param(
            production(entry("3.0.0", OLD, 5, status="deployed"), replace(PASSED, status="superseded")),
            {},
            Standing.DONE,
            "2.0.0 was here, tested; 3.0.0, which does not hold it, came after.",
            id="another came after",
        ),
        pytest.param(
            production(entry("2.0.0", NEW, 0, "", kind="by hand", status="deployed")),
            {},
            Standing.DONE,
            "2.0.0 runs; nobody recorded that it was tested.",
            id="brought by hand",
        ),
    ],
)
def test_an_environment(
    places: tuple[Place, ...], more: dict[str, Any], standing: Standing, says: str
) -> None:
    found = stage(seen(places, **more), "production")
    assert (found.standing, says in found.sentence) == (standing, True), found.sentence


def test_what_lies_below_what_went_back_says_where() -> None:
    back = Place("testing", (replace(PASSED, outcome="failed", reason="no"), BEFORE), record(), INDEX)
    places = (back, *(Place(each, (BEFORE,), record(), INDEX[:1]) for each in ("staging", "production")))
    found = seen(places)
    assert [stage(found, each).sentence for each in ("staging", "production")] == [
        "It does not come here, since it went back in testing."
    ] * 2
    assert found.sentence.startswith("testing: 2.0.0")


def _feeding_two(first: Place, *ways: tuple[str, ...]) -> Delivery:
    """Environments without it, each by the way that a version takes to it."""
    names = ("branch-1", "branch-2")
    below = [Place(n, (BEFORE,), record(), INDEX[:1], way=way) for n, way in zip(names, ways, strict=True)]
    return seen((replace(first, way=("testing",)), *below))


def test_environments_side_by_side_come_after_the_one_that_feeds_them() -> None:
    found = _feeding_two(TESTED, ("testing", "branch-1"), ("testing", "branch-2"))
    assert [stage(found, each).sentence for each in ("branch-1", "branch-2")] == [
        "It passed its tests in testing, and is not promoted yet."
    ] * 2


def test_what_is_before_and_not_seen_is_not_guessed() -> None:
    found = _feeding_two(TESTED, ("testing", "branch-1"), ("elsewhere", "branch-2"))
    assert stage(found, "branch-2").standing is Standing.UNKNOWN
    assert "what is before may not be seen here" in stage(found, "branch-2").sentence


def test_where_no_record_says_what_is_before_nothing_is_promised() -> None:
    places = [TESTED, *(Place(each, (BEFORE,), record(), INDEX[:1]) for each in ("branch-1", "branch-2"))]
    found = delivery(
        Facts(changes.change(WHAT, changes.versions(places, PACKAGES)), tuple(places), {}, git_unknown="none")
    )
    told = stage(found, "branch-2")
    assert (told.standing, "after which environment it comes, its record says" in told.sentence) == (
        Standing.UNKNOWN,
        True,
    )


@pytest.mark.parametrize(
    ("more", "standing", "says"),
    [
        pytest.param({}, Standing.DONE, "Taken up by commit eeeeeeeeeeee.", id="by its trailer"),
        pytest.param(
            {"commits": (TAKEN_BACK, TAKEN_UP)},
            Standing.WENT_BACK,
            "and taken back by ffffffffffff: Take cart back: 2.0.0 failed.",
            id="taken back",
        ),
        pytest.param(
            {"commits": (replace(TAKEN_UP, sha="d" * 40), TAKEN_BACK, TAKEN_UP)},
            Standing.DONE,
            "Taken up by commit eeeeeeeeeeee.",
            id="taken up once more",
        ),
        pytest.param(
            {
                "commits": None,
                "git_unknown": "it does not answer",
                "made": (
                    Made(
                        NOW,
                        StageResult("update_application", "shop", "committed abc", f"Update cart to {WHAT}"),
                    ),
                ),
            },
            Standing.DONE,
            "Taken up by commit abc: its run's report says so.",
            id="without git, by the report",
        ),
        pytest.param(
            {"commits": None, "git_unknown": "it does not answer"},
            Standing.DONE,
            "In commit eeeeeeeeeeee of the application, from which 2.0.0 was made.",
            id="without both, by the package",
        ),
    ],
)
def test_git(more: dict[str, Any], standing: Standing, says: str) -> None:
    found = stage(seen(production(PASSED), **more), "Git")
    assert (found.standing, says in found.sentence) == (standing, True), found.sentence


@pytest.mark.parametrize(
    ("commits", "made", "says"),
    [
        pytest.param((TAKEN_UP,), (), "Taken up by commit eeeeeeeeeeee. {why}", id="by git"),
        pytest.param(
            None,
            (),
            "In commit eeeeeeeeeeee of the application, from which 2.0.0 was made. {why}",
            id="by the package",
        ),
        pytest.param(
            None,
            (
                Made(
                    at(3), StageResult("withdraw", "shop 2.0.0", "taken back in git, fff", "Take cart back")
                ),
                Made(
                    NOW, StageResult("update_application", "shop", "committed abc", f"Update cart to {WHAT}")
                ),
            ),
            "Taken up by commit abc: its run's report says so. {why} Commit fff took it back.",
            id="by reports",
        ),
    ],
)
def test_what_was_barred_where_it_was_born_is_not_done_in_git(
    commits: tuple[Commit, ...] | None, made: tuple[Made, ...], says: str
) -> None:
    born = replace(
        TESTED, entries=(entry("2.0.0", NEW, 0, "tests-failed"),), record=record(rejections=(BARRED,))
    )
    git = stage(seen((born,), commits=commits, made=made), "Git")
    assert git.sentence == says.format(why="2.0.0, which holds it, was barred: its test says no.")
    assert (git.standing, git.at) == (Standing.WENT_BACK, at(3 if made else 2))
    again = replace(born, offered=(*INDEX, offered("2.1.0", 5)))
    packages = {**PACKAGES, "sha256:2.1.0": Version("2.1.0", "sha256:2.1.0", images=(NEW,))}
    taken_up_again = seen((again,), commits=commits, made=made, packages=packages)
    assert stage(taken_up_again, "Git").standing is Standing.DONE


SOAKS = StageResult("promote", "production", "nothing to promote", "2.0.0 soaks until tomorrow")
PUBLISHED = StageResult("publish_charts", "cart", "nothing to publish", "every version of cart is published")


@pytest.mark.parametrize(
    ("places", "lines"),
    [
        pytest.param(lambda last: (UNSEEN, last), (PUBLISHED,), id="a person who may not see it"),
        pytest.param(lambda last: (last,), (PUBLISHED, SOAKS), id="a kubeconfig of another cluster"),
    ],
)
def test_who_may_not_see_the_first_environment_takes_no_other_for_it(
    places: Callable[[Place], tuple[Place, ...]], lines: tuple[StageResult, ...]
) -> None:
    barred = production(BEFORE, rejections=(BARRED,))[1]
    found = seen(places(barred), lines=lines)
    assert [stage(found, each).standing for each in ("Git", "Application chart")] == [Standing.DONE] * 2
    assert stage(found, "production").sentence == "2.0.0 is barred: its test says no."
    found = seen(places(replace(barred, offered=INDEX[:1], record=record())), lines=lines)
    waits = stage(found, "production")
    unseen = "It is not published here, and what is before may not be seen here."
    told = " Of its promotion: 2.0.0 soaks until tomorrow." if SOAKS in lines else ""
    assert (waits.standing, waits.sentence) == (Standing.UNKNOWN, unseen + told)
    assert stage(found, "Application chart").sentence == "No version that may be seen here holds it."
    assert [each.name for each in found.stages if each.environment] == ["production"]


def test_what_went_back_before_an_environment_that_may_not_be_seen_comes_no_further() -> None:
    back = Place("testing", (replace(PASSED, outcome="failed", reason="no"), BEFORE), record(), INDEX)
    found = seen((back, UNSEEN, Place("production", (BEFORE,), record(), INDEX[:1])))
    assert stage(found, "production").sentence == "It does not come here, since it went back in testing."


@pytest.mark.parametrize(
    ("outcome", "why", "standing"),
    [
        pytest.param(f"image {WHAT} waits", "main-3333333 stands alone first", Standing.WAITS, id="narrowed"),
        pytest.param("left as it is", f"{WHAT} is barred", Standing.LEFT_ALONE, id="quarantined"),
    ],
)
def test_an_image_that_nothing_took_up(outcome: str, why: str, standing: Standing) -> None:
    only_old = Place("testing", (BEFORE,), record(), INDEX[:1])
    lines = (StageResult("update_application", "cart", outcome, why),)
    found = seen([only_old], commits=(), lines=lines)
    git = stage(found, "Git")
    assert (git.standing, git.sentence) == (standing, f"Nothing took it up. cart: {outcome} ({why}).")
    assert [each.standing for each in found.stages[2:]] == [Standing.AHEAD, Standing.AHEAD]


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (
            "proposed, waits to be merged: https://git.example.com/shop/pulls/1",
            "Proposed, waits to be merged: https://git.example.com/shop/pulls/1.",
        ),
        (
            "not proposed yet, another pull request comes first: x",
            "Not proposed yet, another pull request comes first: x.",
        ),
    ],
)
def test_an_image_that_is_proposed(outcome: str, says: str) -> None:
    only_old = Place("testing", (BEFORE,), record(), INDEX[:1])
    lines = (
        StageResult("update_application", "cart", f"image {WHAT}", "the newest"),
        StageResult("update_application", "shop", outcome, f"Update cart to {WHAT}"),
    )
    git = stage(seen([only_old], commits=(), lines=lines), "Git")
    assert (git.standing, git.sentence) == (Standing.WAITS, f"No commit of the branch has it yet. {says}")
    other = StageResult("update_application", "shop", outcome, "Update cart to main-9999999")
    assert "proposed" not in stage(seen([only_old], commits=(), lines=(other,)), "Git").sentence.lower()


@pytest.mark.parametrize(
    ("carried", "left"),
    [
        pytest.param(("repository", "git"), "was withdrawn", id="withdrawn"),
        pytest.param((), "is not offered any more", id="nobody says by whom"),
    ],
)
def test_a_package_that_went_back_says_what_happened(carried: tuple[str, ...], left: str) -> None:
    barred = BARRED.model_copy(update={"propagated_to": carried})
    back = replace(
        TESTED,
        entries=(entry("2.0.0", NEW, 0, "tests-failed"), BEFORE),
        record=record(rejections=(barred,)),
        offered=INDEX[:1],
    )
    package = stage(seen((back,)), "Application chart")
    assert (package.standing, package.at) == (Standing.WENT_BACK, at(2))
    assert package.sentence == f"2.0.0 was published, failed in testing, and {left}: its test says no."


def test_before_any_environment() -> None:
    found = seen(production(PASSED))
    assert [(each.name, each.standing.value) for each in found.stages] == [
        ("Image cart:main-2222222", "done"),
        ("Git", "done"),
        ("Service chart cart", "done"),
        ("Application chart", "done"),
        ("testing", "done"),
        ("production", "done"),
    ]
    image, *_ = found.stages
    assert dict(image.facts)["label build"] == "7"
    assert found.sentence == "production: 2.0.0 runs, and passed its tests."


def test_a_registry_that_is_away_hides_nothing_else() -> None:
    found = seen(
        production(PASSED), images={NEW.reference: f"{NEW.reference}: its registry does not tell: away"}
    )
    assert (found.stages[0].standing, found.stages[1].standing) == (Standing.UNKNOWN, Standing.DONE)
    assert found.stages[0].sentence == "Its registry does not tell: away."


def test_the_time_of_each_stage() -> None:
    here = replace(PASSED, upgraded_at=at(0) + timedelta(seconds=20), committed_at=at(-2))
    found = seen(
        (
            replace(TESTED, entries=(here,)),
            replace(TESTED, environment="production", entries=(), offered=(offered("2.0.0", 3),)),
        )
    )
    first, second = (each.moments for each in found.stages if each.moments)
    assert first
    assert [first.seconds(each) for each in STAGES] == [480, 60, 60, 20, 40]
    assert second
    assert (second.seconds("published"), second.seconds("begun")) == (120, None)


@pytest.mark.parametrize(
    ("what", "versions", "images"),
    [
        pytest.param("main-2222222", ["2.0.0", "2.1.0"], ["r.example/cart:main-2222222"], id="a tag"),
        pytest.param(
            "r.example/cart:main-2222222", ["2.0.0", "2.1.0"], ["r.example/cart:main-2222222"], id="an image"
        ),
        pytest.param(
            "2222222" + "0" * 33, ["2.0.0", "2.1.0"], ["r.example/cart:main-2222222"], id="its commit"
        ),
        pytest.param("sha256:new", ["2.0.0", "2.1.0"], ["r.example/cart:main-2222222"], id="its digest"),
        pytest.param("2.0.0", ["2.0.0"], ["r.example/cart:main-2222222"], id="a version"),
        pytest.param("eeeeeee", ["2.0.0"], ["r.example/cart:main-2222222"], id="a commit of the application"),
        pytest.param("2.1.0", ["2.1.0"], [], id="a version that brings no image"),
        pytest.param("", [], [], id="nothing"),
        pytest.param("main-9999999", [], [], id="what nobody knows"),
        pytest.param("<script>", [], [], id="what is no name"),
    ],
)
def test_what_a_change_is_named_by(what: str, versions: list[str], images: list[str]) -> None:
    every = (
        Version("1.0.0", images=(OLD,)),
        Version("2.0.0", commit="e" * 40, images=(NEW,)),
        Version("2.1.0", commit="d" * 40, images=(NEW,)),
    )
    found = changes.change(what, every)
    assert [each.version for each in found.versions] == versions
    assert [each.reference for each in found.images] == images
    assert found.is_unknown is (found == Change(what))


def test_the_newest_changes_and_what_came_with_them() -> None:
    places = production(PASSED)
    found = changes.recent(places, changes.versions(places, PACKAGES), 1)
    assert [(each.version, [i.tag for i in each.images], each.at) for each in found] == [
        ("2.0.0", [WHAT], at(-1))
    ]


@pytest.mark.parametrize(
    ("carried", "came"),
    [pytest.param(("repository", "git"), [WHAT], id="withdrawn"), pytest.param((), [], id="barred")],
)
def test_what_came_with_a_withdrawn_version_comes_with_the_next(
    carried: tuple[str, ...], came: list[str]
) -> None:
    rejected = BARRED.model_copy(update={"propagated_to": carried})
    back = replace(TESTED, record=record(rejections=(rejected,)), offered=(*INDEX, offered("2.1.0", 5)))
    packages = {**PACKAGES, "sha256:2.1.0": Version("2.1.0", "sha256:2.1.0", images=(NEW,))}
    found = changes.recent((back,), changes.versions((back,), packages), 1)
    assert [(each.version, [i.tag for i in each.images]) for each in found] == [("2.1.0", came)]


def test_a_return_out_of_a_hold_is_no_part_of_the_way_here() -> None:
    once = replace(PASSED, upgraded_at=at(0) + timedelta(seconds=3), status="superseded")
    again = entry("2.0.0", NEW, 20, status="deployed", upgraded_at=at(20))
    found = stage(seen(production(again, once)), "production").moments
    assert found is not None
    assert (found.seconds("upgraded"), found.tested) == (3, at(1))


def test_people_read_a_table_and_programs_all_of_it() -> None:
    found = seen(production(PASSED))
    rows = delivery_text.rows(found, at(61))
    assert rows[0] == ["STAGE", "STANDS", "SINCE", "WHY"]
    assert rows[-1] == ["production", "done", "1h", "2.0.0 runs, and passed its tests."]
    assert delivery_text.rows(found, at(61), wide=True)[-1][3:8] == ["8m00s", "1m00s", "1m00s", "-", "-"]
    assert max(map(len, laid_out(rows, 80))) <= 80
    values = delivery_text.values(found)
    assert (values["stands"], values["stages"][-1]["seconds"]["begun"]) == (found.sentence, 60)


def test_another_package_of_the_same_version_is_another_change() -> None:
    """Somebody brought 2.0.0 of another content to production."""
    other = replace(PASSED, chart_digest="sha256:other", images=(OLD,))
    index = (INDEX[0], replace(INDEX[1], digest="sha256:other"))
    found = stage(seen(production(other, index=index), "2.0.0"), "production")
    assert found.standing is not Standing.DONE
    assert "2.0.0 runs" not in found.sentence
    by_hand = replace(PASSED, chart_digest="")
    assert stage(seen(production(by_hand), "2.0.0"), "production").standing is Standing.DONE, "nobody knows"


@pytest.mark.parametrize("called", ["cart", "basket"])
def test_a_service_chart_under_an_alias_is_looked_up_by_its_name(called: str) -> None:
    image = replace(NEW, chart=called)
    chart = ServiceChart("cart", "1.1.0", "basket")
    tested = replace(TESTED, entries=(replace(PASSED, images=(image,), charts=(chart,)), TESTED.entries[1]))
    found = seen((tested,), packages={})
    assert stage(found, "Service chart cart").standing is Standing.DONE

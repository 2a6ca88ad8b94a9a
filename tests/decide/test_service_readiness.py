from datetime import UTC, datetime, timedelta

import pytest

from headway.decide.supply.service_history import ServiceHistory
from headway.decide.supply.service_readiness import (
    PATIENCE,
    AwaitingImage,
    Moving,
    Ready,
    all_together,
    missing,
    readiness,
    together,
)

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def sha(letter: str) -> str:
    return letter * 40


def shas(letters: str) -> frozenset[str]:
    return frozenset(map(sha, letters))


# Newest first: f touches the chart alone, e code, d both, c code, b the chart alone, a both.
HISTORY = ServiceHistory(
    commits=tuple(map(sha, "fedcba")),
    parents={sha(one): tuple(map(sha, other)) for one, other in zip("fedcba", [*"edcba", ""], strict=True)},
    chart=shas("fdba"),
    code=shas("edca"),
)
CHARTS_ONLY = ServiceHistory(
    commits=tuple(map(sha, "ba")),
    parents={sha("b"): (sha("a"),), sha("a"): ()},
    chart=shas("a"),
    code=shas("b"),
)
# m merges c (code and chart) into b (code alone): b stands before c, and is not made on top of it.
MERGED = ServiceHistory(
    commits=tuple("mbca"),
    parents={"m": "bc", "c": "a", "b": "a", "a": ""},
    chart=frozenset("ca"),
    code=frozenset("mcba"),
)
# Unchanged for so long that its commit, z, is not among those that were read.
LONG = ServiceHistory(
    commits=("h", "g"),
    parents={"h": ("g",), "g": ("y",)},
    chart=frozenset(),
    code=frozenset("hg"),
    older_chart="z",
)


@pytest.mark.parametrize(
    ("chart", "images", "ready", "why"),
    [
        pytest.param(
            "d", "d", True, "an image of ddddddd holds the code of ddddddd", id="image of that commit"
        ),
        pytest.param(
            "d", "e", True, "an image of eeeeeee holds the code of ddddddd", id="image of a later commit"
        ),
        pytest.param(
            "d",
            "c",
            False,
            "no image holds the code of ddddddd yet",
            id="code and chart changed, image is older",
        ),
        pytest.param(
            "f",
            "e",
            True,
            "nothing but the chart changed since the image of eeeeeee",
            id="nothing but the chart changed since",
        ),
        pytest.param("f", "d", False, "no image holds the code of fffffff yet", id="code changed in between"),
        pytest.param(
            "b",
            "a",
            True,
            "nothing but the chart changed since the image of aaaaaaa",
            id="only the chart, oldest image",
        ),
        pytest.param("a", "", False, "no image holds the code of aaaaaaa yet", id="no image at all"),
        pytest.param("d", "x", False, "no image holds the code of ddddddd yet", id="image of another branch"),
    ],
)
def test_a_service_chart_waits_for_an_image_with_its_code(
    chart: str, images: str, ready: bool, why: str
) -> None:
    answer = readiness(HISTORY, sha(chart), [*map(sha, images)], committed_at=NOW, now=NOW)
    assert (isinstance(answer, Ready), answer.why) == (ready, why)


def test_a_chart_before_all_code_needs_no_particular_image() -> None:
    assert isinstance(
        readiness(CHARTS_ONLY, sha("a"), [sha("x")], committed_at=NOW, now=NOW),
        Ready,
    )


@pytest.mark.parametrize(
    ("history", "chart", "images", "ready"),
    [
        pytest.param(MERGED, "c", "b", False, id="image of the other side of a merge"),
        pytest.param(MERGED, "c", "m", True, id="image of the merge"),
        pytest.param(MERGED, "c", "c", True, id="image of that side"),
        pytest.param(MERGED, "c", "a", False, id="image from before both"),
        pytest.param(LONG, "z", "g", True, id="chart older than what was read"),
        pytest.param(LONG, "z", "", False, id="and no image"),
    ],
)
def test_a_commit_holds_what_it_was_made_on_top_of(
    history: ServiceHistory, chart: str, images: str, ready: bool
) -> None:
    answer = readiness(history, chart, images, committed_at=NOW, now=NOW)
    assert isinstance(answer, Ready) is ready


@pytest.mark.parametrize(
    ("at", "chart", "code"),
    [("m", "c", "m"), ("b", "a", "b"), ("c", "c", "c"), ("a", "a", "a"), ("x", None, None)],
)
def test_the_last_change_is_one_that_the_commit_holds(at: str, chart: str | None, code: str | None) -> None:
    assert (MERGED.chart_commit(at), MERGED.code_commit(at)) == (chart, code)


def test_a_chart_from_before_what_was_read_is_the_chart_of_every_commit() -> None:
    assert (LONG.chart_commit("h"), LONG.chart_commit("g"), LONG.chart_commit("x")) == ("z", "z", None)
    assert list(LONG.chart_commits) == ["z"]
    assert not LONG.holds("z", "g")


def test_waiting_has_a_deadline() -> None:
    at = NOW + timedelta(minutes=10)
    answer = readiness(HISTORY, sha("d"), [sha("c")], committed_at=NOW, now=at, patience=timedelta(minutes=5))
    assert isinstance(answer, AwaitingImage)
    assert (answer.since, answer.deadline, answer.overdue) == (NOW, NOW + timedelta(minutes=5), True)
    for patience in (timedelta(minutes=10), PATIENCE):
        patient = readiness(HISTORY, sha("d"), [sha("c")], committed_at=NOW, now=at, patience=patience)
        assert isinstance(patient, AwaitingImage)
        assert not patient.overdue


WAITS = AwaitingImage(NOW, NOW, "no image holds the code of ddddddd yet")


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        pytest.param({"cart": Ready("")}, None, id="ready"),
        pytest.param({"cart": WAITS}, WAITS.why, id="the only image"),
        pytest.param({"cart": Ready(""), "cart.worker": WAITS}, f"cart.worker: {WAITS.why}; none is newer", id="one of two"),
        pytest.param({"cart": WAITS, "cart.worker": Ready("")}, f"cart: {WAITS.why}", id="the other one"),
    ],
)  # fmt: skip
def test_a_chart_names_the_image_that_it_waits_for(
    answers: dict[str, Ready | AwaitingImage], why: str | None
) -> None:
    found = missing(answers, {"cart.worker": "none is newer"})
    assert (found.why if found else None) == why


TOGETHER = "image and chart belong together"
IMAGE_ALONE = "the chart in use has all changes that the image has"
CHART_ALONE = "nothing but the chart changed since the image in use"


def test_an_image_of_one_side_of_a_merge_does_not_bring_the_chart_of_the_other() -> None:
    answer = together(MERGED, current_image="a", new_image="b", current_chart="a", new_chart="c")
    assert (answer.image, answer.chart) == (True, False)
    answer = together(MERGED, current_image="b", new_image="m", current_chart="a", new_chart="c")
    assert (answer.image, answer.chart) == (True, True)


def test_a_chart_from_before_what_was_read_travels_with_any_image() -> None:
    answer = together(LONG, current_image=None, new_image="h", current_chart=None, new_chart="z")
    assert (answer.image, answer.chart) == (True, True)
    answer = together(LONG, current_image="g", new_image="h", current_chart="z", new_chart=None)
    assert (answer.image, answer.chart) == (True, False)


@pytest.mark.parametrize(
    ("current_image", "new_image", "current_chart", "new_chart", "expected", "why"),
    [
        pytest.param("c", "d", "b", "d", (True, True), TOGETHER, id="code and chart in one commit"),
        pytest.param("c", "e", "b", "d", (True, True), TOGETHER, id="image later than the chart"),
        pytest.param(
            "c",
            "d",
            "b",
            None,
            (False, False),
            "the chart of ddddddd is not published yet",
            id="chart not published yet",
        ),
        pytest.param(
            "c",
            None,
            "b",
            "d",
            (False, False),
            "no image holds the code of the chart of ddddddd",
            id="image not built yet",
        ),
        pytest.param("d", "e", "d", None, (True, False), IMAGE_ALONE, id="image alone"),
        pytest.param("e", None, "d", "f", (False, True), TOGETHER, id="chart alone"),
        pytest.param("a", "c", "a", "b", (True, True), TOGETHER, id="chart changed alone on the way"),
        pytest.param(
            "a",
            "d",
            "a",
            "b",
            (False, True),
            CHART_ALONE,
            id="the image needs a newer chart, the chart can go",
        ),
        pytest.param(None, "a", None, "a", (True, True), TOGETHER, id="first delivery"),
        pytest.param(None, None, None, "a", (False, False), "no image yet", id="first delivery, no image"),
        pytest.param(
            None,
            "a",
            None,
            None,
            (False, False),
            "no chart is published yet",
            id="first delivery, no chart",
        ),
        pytest.param("a", None, "a", None, (False, False), "nothing new", id="nothing new"),
        pytest.param(
            "c",
            "e",
            "b",
            "x",
            (False, False),
            "the chart of eeeeeee is not published yet",
            id="chart of a commit that is not on the branch",
        ),
        pytest.param("d", "e", "d", "f", (True, True), TOGETHER, id="newest of both"),
        pytest.param(
            "c",
            "d",
            "b",
            "f",
            (False, False),
            "no image holds the code of the chart of fffffff",
            id="the new chart needs newer code",
        ),
    ],
)
def test_tag_and_chart_travel_together(
    current_image: str | None,
    new_image: str | None,
    current_chart: str | None,
    new_chart: str | None,
    expected: tuple[bool, bool],
    why: str,
) -> None:
    answer = together(
        HISTORY,
        current_image=current_image and sha(current_image),
        new_image=new_image and sha(new_image),
        current_chart=current_chart and sha(current_chart),
        new_chart=new_chart and sha(new_chart),
    )
    assert (answer.image, answer.chart, answer.why) == (*expected, why)


def test_where_no_commit_is_known_of_an_image_nothing_waits_for_it() -> None:
    assert isinstance(readiness(HISTORY, sha("d"), [""], committed_at=NOW, now=NOW), Ready)
    for new, current in (("", sha("a")), ("", ""), (None, "")):
        update = together(
            HISTORY, current_image=current, new_image=new, current_chart=sha("a"), new_chart=sha("d")
        )
        assert (update.image, update.chart) == (new is not None, True)
    elsewhere = together(HISTORY, current_image="", new_image=None, current_chart=None, new_chart=sha("z"))
    assert not elsewhere.chart


HELD = "the chart in use has all changes that the image has"
NOT_BUILT = "cart.worker: no image holds the code of the chart"


def moving(current: str, new: str) -> Moving:
    return Moving(sha(current) if current else None, sha(new) if new else None)


@pytest.mark.parametrize(
    ("own", "more", "charts", "moves", "why"),
    [
        pytest.param("ad", "ad", "ad", "own chart more", "image and chart belong together", id="all of one commit"),
        pytest.param("ad", "a", "ad", "", f"{NOT_BUILT} of ddddddd", id="one is not built yet"),
        pytest.param("de", "a", "df", "own", f"{HELD}; {NOT_BUILT} of fffffff", id="alone, and the chart waits"),
        pytest.param("ce", "c", "b", "", "the chart of eeeeeee is not published yet", id="the chart is not there yet"),
        pytest.param("de", "d", "d", "own", "the chart in use has all changes that the image has", id="alone"),
        pytest.param("d", "de", "d", "more", "nothing new", id="the other one alone"),
        pytest.param("e", "e", "df", "chart", "image and chart belong together", id="the chart alone"),
        pytest.param("ad", "", "ad", "own chart", "image and chart belong together", id="one was never built"),
        pytest.param("", "", "ad", "", "no image yet", id="none was ever built"),
    ],
)  # fmt: skip
def test_images_of_one_service_and_its_chart(own: str, more: str, charts: str, moves: str, why: str) -> None:
    """Letters: the commit in use, then the new one."""
    update = all_together(
        HISTORY,
        moving(own[:1], own[1:]),
        {"cart.worker": moving(more[:1], more[1:])},
        current_chart=sha(charts[0]),
        new_chart=sha(charts[1]) if charts[1:] else None,
    )
    moved = [
        *(["own"] if update.image else []),
        *(["chart"] if update.chart else []),
        *(["more"] if update.more else []),
    ]
    assert (" ".join(moved), update.why) == (moves, why)

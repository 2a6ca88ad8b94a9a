from datetime import UTC, datetime, timedelta

import pytest

from headway.decide.supply.service_history import ServiceHistory
from headway.decide.supply.service_readiness import PATIENCE, AwaitingImage, Ready, readiness, together

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def sha(letter: str) -> str:
    return letter * 40


def shas(letters: str) -> frozenset[str]:
    return frozenset(map(sha, letters))


# Newest first: f touches the chart alone, e code, d both, c code, b the chart alone, a both.
HISTORY = ServiceHistory(commits=[*map(sha, "fedcba")], chart=shas("fdba"), code=shas("edca"))
CHARTS_ONLY = ServiceHistory(commits=[*map(sha, "ba")], chart=shas("a"), code=shas("b"))


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


def test_waiting_has_a_deadline() -> None:
    at = NOW + timedelta(minutes=10)
    answer = readiness(HISTORY, sha("d"), [sha("c")], committed_at=NOW, now=at, patience=timedelta(minutes=5))
    assert isinstance(answer, AwaitingImage)
    assert (answer.since, answer.deadline, answer.overdue) == (NOW, NOW + timedelta(minutes=5), True)
    for patience in (timedelta(minutes=10), PATIENCE):
        patient = readiness(HISTORY, sha("d"), [sha("c")], committed_at=NOW, now=at, patience=patience)
        assert isinstance(patient, AwaitingImage)
        assert not patient.overdue


TOGETHER = "image and chart belong together"
IMAGE_ALONE = "the chart in use has all changes that the image has"
CHART_ALONE = "nothing but the chart changed since the image in use"


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

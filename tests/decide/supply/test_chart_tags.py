"""Tags that stand in a service's own chart: what is written there, when that chart is ready, and what is never written."""

import pytest

from headway.decide.supply import chart_tags
from headway.decide.supply.chart_tags import ChartTexts
from headway.decide.supply.image_policies import Build, ImageChoice
from headway.decide.supply.service_history import ServiceHistory
from headway.model.application import Service
from headway.model.edits import TakenUp
from headway.model.image_policy import ImagePolicy
from headway.model.service_images import DeclaredImage

CHART = "apiVersion: v2\nname: cart\nversion: 0.1.0   # ours\n"
TEXTS = ChartTexts("image: {tag: ''}  # CI\n", CHART, "chart")
REPOSITORY = "r.example.com/cart"
# Newest first: d is Headway's own, c code, b the chart alone, a both.
HISTORY = ServiceHistory(
    commits="dcba",
    parents={"d": "c", "c": "b", "b": "a", "a": ""},
    chart=frozenset("dba"),
    code=frozenset("ca"),
)


def image(kind: str = "commit-order", **keys: str) -> DeclaredImage:
    policy = ImagePolicy(kind=kind, **keys)
    return Service(git="g", image=REPOSITORY, policy=policy, tags_in="chart").declared("cart")[0]


@pytest.mark.parametrize(
    ("seen", "raises", "version"),
    [
        pytest.param(["0.0.9"], True, "0.1.0   # ours", id="a version that nobody has seen"),
        pytest.param(["0.1.0"], True, '"0.1.1"   # ours', id="published"),
        pytest.param(["0.1.0", "0.1.4"], True, '"0.1.5"   # ours', id="above all"),
        pytest.param(["0.1.0"], False, "0.1.0   # ours", id="a person raises it"),
    ],
)
def test_the_edit(seen: list[str], raises: bool, version: str) -> None:
    known = TakenUp(f"{REPOSITORY}:main-1", "sha256:ab", "1" * 40)
    change = chart_tags.edit(
        TEXTS, [(image(), "main-1")], seen=seen, raises=raises, known={known.reference: known}
    )
    written = {path: data.decode() for path, data in change.files.items() if data}
    assert written.pop("chart/values.yaml") == 'image: {tag: "main-1"}  # CI\n'
    assert written.get("chart/Chart.yaml", CHART) == CHART.replace("0.1.0   # ours", version)
    assert change.images == (known,)


def test_what_stands_there_already_is_no_edit() -> None:
    texts = ChartTexts('image: {tag: "main-1"}\n', CHART, ".")
    assert chart_tags.edit(texts, [(image(), "main-1")], seen=["0.1.0"], raises=True).files == {}


@pytest.mark.parametrize(
    ("commit", "tag", "why"),
    [
        pytest.param("a", "main-a", "", id="the image of that very commit"),
        pytest.param("b", "main-a", "", id="since which nothing but the chart changed"),
        pytest.param("d", "main-c", "", id="our own commit holds what it names"),
        pytest.param("d", "main-a", "main-a, which it names, does not hold the code of d", id="older code"),
        pytest.param("d", "", "it names no image of cart yet", id="no tag"),
        pytest.param(
            "d", "main-x", "main-x, which it names for cart, is not to be had", id="gone, or under quarantine"
        ),
        pytest.param("d", "1.0", "", id="nobody knows its commit"),
    ],
)
def test_a_chart_is_published_with_the_code_that_it_needs(commit: str, tag: str, why: str) -> None:
    builds = (Build("main-c", "c"), Build("main-a", "a"), Build("1.0", ""))
    choices = {"cart": ImageChoice(None, "", builds)}
    assert chart_tags.holds_its_code(HISTORY, commit, {"cart": tag}, choices, "d") == why


@pytest.mark.parametrize(
    ("declared", "commit", "is_written"),
    [
        pytest.param(image(), "c", True, id="its tag names the commit"),
        pytest.param(image("semver"), "c", True, id="its label does"),
        pytest.param(image("semver"), "", False, id="nothing does"),
        pytest.param(image("exact", tag="1.0"), "", True, id="one tag and no other"),
    ],
)
def test_a_build_of_nobody_knows_what_is_never_written(
    declared: DeclaredImage, commit: str, is_written: bool
) -> None:
    choice = chart_tags.safe(ImageChoice(Build("1.0", commit), "newest"), declared)
    assert (choice.build is not None) is is_written
    assert is_written or "could go round for ever" in choice.why

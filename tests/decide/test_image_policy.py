from datetime import UTC, datetime

import pytest

from headway.decide.image_policy import choose, commit_order
from headway.model.application import ImagePolicy
from headway.model.images import Image

NEW, MID, OLD = "c" * 40, "b" * 40, "a" * 40
ORDER = commit_order([NEW, MID, OLD])


def image(sha: str, *, tag: str | None = None, day: int | None = None, label: bool = False) -> Image:
    created = datetime(2026, 11, day, tzinfo=UTC) if day else None
    return Image("r.example.com/cart", tag or f"main-{sha[:7]}", "sha256:00", sha if label else "", created)


CASES = [
    pytest.param(
        [image(MID, tag="main-bbbbbbb1", label=True)], None, (), None, id="tag and label differ late"
    ),
    pytest.param(
        [image(OLD), image(NEW), image(MID)], image(OLD), (), "main-ccccccc", id="newest commit wins"
    ),
    pytest.param(
        [image(OLD, day=9), image(MID, day=1)], image(MID), (), None, id="a rebuilt old commit never wins"
    ),
    pytest.param([image(OLD, day=9), image(NEW, day=1)], None, (), "main-ccccccc", id="first choice"),
    pytest.param([image(OLD), image(MID)], image(NEW), (), None, id="never back"),
    pytest.param(
        [image(NEW), image(MID)], image(OLD), ("main-ccccccc",), "main-bbbbbbb", id="barred is skipped"
    ),
    pytest.param([image(NEW)], image(OLD), ("main-ccccccc",), None, id="all barred"),
    pytest.param([image("d" * 40)], image(OLD), (), None, id="commit not on the branch"),
    pytest.param(
        [image(NEW, tag="latest"), image(NEW, tag="dev-ccccccc")], None, (), None, id="no tag matches"
    ),
    pytest.param([image(NEW, tag="main-" + NEW)], None, (), "main-" + NEW, id="full SHA in the tag"),
    pytest.param([image(NEW, tag="main-bbbbbbb", label=True)], None, (), None, id="tag and label disagree"),
    pytest.param(
        [image(MID)], image("e" * 40), (), "main-bbbbbbb", id="current is not on the branch any more"
    ),
    pytest.param(
        [image(NEW, day=1), image(NEW, tag="main-cccccccc", day=2)],
        image(NEW),
        (),
        None,
        id="same commit, other tag",
    ),
]


@pytest.mark.parametrize(("candidates", "current", "barred", "expected"), CASES)
def test_by_commit_graph(
    candidates: list[Image], current: Image | None, barred: tuple[str, ...], expected: str | None
) -> None:
    choice = choose(candidates, current, ORDER, ImagePolicy(), barred)
    assert (choice.image.tag if choice.image else None) == expected
    assert choice.why


def test_the_order_of_candidates_does_not_matter() -> None:
    images = [image(OLD), image(MID), image(NEW)]
    assert choose(images, None, ORDER, ImagePolicy()) == choose(images[::-1], None, ORDER, ImagePolicy())


@pytest.mark.parametrize(
    ("candidates", "current", "expected", "why"),
    [
        pytest.param(
            [image(OLD, day=1), image(NEW, day=2)],
            image(OLD, day=1),
            "main-ccccccc",
            "created last",
            id="newer",
        ),
        pytest.param([image(NEW, day=2)], image(OLD, day=3), None, "created last", id="older"),
        pytest.param([image(NEW, day=2), image(MID)], None, None, "no order", id="a date is missing"),
        pytest.param([image(NEW, day=2)], image(OLD), None, "no order", id="the current one has no date"),
    ],
)
def test_by_creation_date_without_a_history(
    candidates: list[Image], current: Image | None, expected: str | None, why: str
) -> None:
    choice = choose(candidates, current, {}, ImagePolicy())
    assert (choice.image.tag if choice.image else None) == expected
    assert why in choice.why


def test_a_slash_in_a_branch_is_a_dash_in_the_tag() -> None:
    policy = ImagePolicy(branch="release/1.x")
    tag = "release-1.x-ccccccc"
    choice = choose([image(NEW, tag=tag), image(NEW, tag="release-1yx-ccccccc")], None, ORDER, policy)
    assert choice.image is not None
    assert choice.image.tag == tag


def test_a_short_sha_of_two_commits_is_not_guessed() -> None:
    order = commit_order(["1234567" + "a" * 33, "1234567" + "b" * 33])
    short = image("", tag="main-1234567")
    assert choose([short], None, order, ImagePolicy()).image is None
    labelled = Image(short.repository, short.tag, short.digest, "1234567" + "b" * 33)
    assert choose([labelled], None, order, ImagePolicy()).image == labelled


def test_a_pattern_without_sha_is_ordered_by_the_label() -> None:
    policy = ImagePolicy(pattern="build-{branch}")
    assert choose([image(NEW, tag="build-main", label=True)], None, ORDER, policy).image is not None
    assert choose([image(NEW, tag="build-main")], None, ORDER, policy).image is None

import pytest

from headway.decide.supply.image_policy import candidates, choose
from headway.model.application import ImagePolicy
from headway.model.images import Image

NEW, MID, OLD = "c" * 40, "b" * 40, "a" * 40
BRANCH = [NEW, MID, OLD]
LOST = Image("r.example.com/cart", "main-ddddddd", "")
TWINS = ["1234567" + "a" * 33, "1234567" + "b" * 33]


def image(sha: str, *, tag: str = "") -> Image:
    return Image("r.example.com/cart", tag or f"main-{sha[:7]}", "", sha)


@pytest.mark.parametrize(
    ("tag", "commit"),
    [
        pytest.param("main-ccccccc", NEW, id="short SHA"),
        pytest.param("main-" + NEW, NEW, id="whole SHA"),
        pytest.param("main-ddddddd", "", id="commit not on the branch"),
        pytest.param("main-bbbbbbb1", "", id="differs late"),
        pytest.param("main-1234567", "", id="two commits begin so"),
        pytest.param("main-1234567b", TWINS[1], id="one of them begins so"),
        pytest.param("latest", None, id="no commit at all"),
        pytest.param("dev-ccccccc", None, id="another branch"),
        pytest.param("main-cccccc", None, id="six digits"),
    ],
)
def test_a_tag_names_a_commit_of_the_branch(tag: str, commit: str | None) -> None:
    found = candidates("r.example.com/cart", [tag], [*BRANCH, *TWINS], ImagePolicy())
    assert [(each.tag, each.commit) for each in found] == ([] if commit is None else [(tag, commit)])


def test_a_slash_in_a_branch_is_a_dash_in_the_tag() -> None:
    policy = ImagePolicy(branch="release/1.x")
    found = candidates("r", ["release-1.x-ccccccc", "release-1yx-ccccccc"], BRANCH, policy)
    assert [each.tag for each in found] == ["release-1.x-ccccccc"]


@pytest.mark.parametrize(
    ("found", "current", "barred", "expected", "why"),
    [
        pytest.param([OLD, NEW, MID], OLD, (), "main-ccccccc", "newest commit", id="newest commit wins"),
        pytest.param([OLD, MID], MID, (), None, "newest commit", id="a rebuilt old commit never wins"),
        pytest.param([OLD, NEW], "", (), "main-ccccccc", "newest commit", id="first choice"),
        pytest.param([OLD, MID], NEW, (), None, "newer than every candidate", id="never back"),
        pytest.param(
            [NEW, MID], OLD, ("main-ccccccc",), "main-bbbbbbb", "newest commit", id="barred is skipped"
        ),
        pytest.param([NEW], OLD, ("main-ccccccc",), None, "all 1 matching tags are under", id="all barred"),
        pytest.param([], OLD, (), None, "no tag matches {branch}-{sha} of branch main", id="no tag matches"),
        pytest.param(
            [MID], "e" * 40, (), "main-bbbbbbb", "newest", id="current is not on the branch any more"
        ),
    ],
)
def test_by_commit_graph(
    found: list[str], current: str, barred: tuple[str, ...], expected: str | None, why: str
) -> None:
    choice = choose(
        [image(sha) for sha in found], image(current) if current else None, BRANCH, ImagePolicy(), barred
    )
    assert (choice.image.tag if choice.image else None) == expected
    assert why in choice.why


def test_images_without_a_commit_of_the_branch_are_reported_never_guessed() -> None:
    alone = choose([LOST], image(OLD), BRANCH, ImagePolicy())
    assert (alone.image, "no order: no tag's commit is known on main" in alone.why) == (None, True)
    among = choose([LOST, image(NEW)], image(OLD), BRANCH, ImagePolicy())
    assert among.image == image(NEW)
    assert "1 tags whose commit is not known on main are left out" in among.why


def test_another_tag_of_the_same_commit_is_not_newer() -> None:
    twice = [image(NEW), image(NEW, tag="main-cccccccc")]
    assert choose(twice, image(NEW), BRANCH, ImagePolicy()).image is None


def test_the_order_of_candidates_does_not_matter() -> None:
    images = [image(OLD), image(MID), image(NEW)]
    assert choose(images, None, BRANCH, ImagePolicy()) == choose(images[::-1], None, BRANCH, ImagePolicy())

"""What commits say of images, written and read back, also by git itself."""

import subprocess

import pytest

from headway.decide.supply import taken_up
from headway.model.edits import Commit, Edit, TakenUp
from headway.model.images import Image
from headway.workspace.git_writer import stamped

CART, DIGEST, SHA = "r.example.com/shop/cart", f"sha256:{'a' * 64}", "1a2b3c4" + "5" * 33


def image(tag: str, revision: str = "", **labels: str) -> Image:
    return Image(CART, tag, DIGEST, revision, labels=labels)


@pytest.mark.parametrize(
    ("seen", "commit", "taken"),
    [
        pytest.param(
            image("main-1a2b3c4", SHA, build="4711"),
            SHA,
            TakenUp(f"{CART}:main-1a2b3c4", DIGEST, SHA, "4711"),
            id="all of it",
        ),
        pytest.param(
            image("1.2.3", SHA.upper()), "", TakenUp(f"{CART}:1.2.3", DIGEST, SHA), id="by its label alone"
        ),
        pytest.param(
            image("main-1a2b3c4"),
            "",
            TakenUp(f"{CART}:main-1a2b3c4", DIGEST, "1a2b3c4"),
            id="by its tag alone",
        ),
        pytest.param(image("1.2.3"), "", TakenUp(f"{CART}:1.2.3", DIGEST), id="by neither"),
        pytest.param(
            image(f"main@{DIGEST}", SHA), SHA, TakenUp(f"{CART}:main@{DIGEST}", "", SHA), id="pinned already"
        ),
        pytest.param(
            image("1.2.3", "odd\nHeadway-Run: theirs", build="a\nHeadway-Stage: x\x1b[2J" + "b" * 500),
            "",
            TakenUp(f"{CART}:1.2.3", DIGEST, "", ("a_Headway-Stage:_x\\u001b[2J" + "b" * 500)[:200]),
            id="labels of somebody else's making",
        ),
        pytest.param(
            image("1.2.3", build="@team closes #3"),
            "",
            TakenUp(f"{CART}:1.2.3", DIGEST, "", "team_closes_#3"),
            id="what git hosts would heed",
        ),
        pytest.param(
            Image(CART, "1.2.3", "sha256:odd\nHeadway-Run: x"), "", TakenUp(f"{CART}:1.2.3"), id="no digest"
        ),
    ],
)
def test_what_is_said_of_an_image(seen: Image, commit: str, taken: TakenUp) -> None:
    assert taken_up.of(seen, commit) == taken


MANY = (
    *(
        TakenUp(f"{CART}-{n}:main-1a2b3c4", DIGEST, SHA, f"https://ci.example.com/builds/{n}?a: b")
        for n in range(90)
    ),
    TakenUp(f"{CART}:1.2.3"),
    TakenUp(f"{CART}:main@{DIGEST}", commit=SHA),
)


def test_trailers_of_many_images_are_one_block_to_git_and_to_us() -> None:
    edit = stamped(Edit({}, "Update 92 services", "- cart: image a -> b", images=MANY), stage="s", run="r")
    read = subprocess.run(
        ["git", "interpret-trailers", "--parse"],
        input=edit.message,
        text=True,
        check=True,
        capture_output=True,
    ).stdout
    assert tuple(tuple(line.split(": ", 1)) for line in read.splitlines()) == edit.all_trailers
    commit = Commit("a" * 40, (), "", 0, edit.message)
    assert commit.images == MANY
    assert (commit.is_own, commit.trailers["Headway-Run"]) == (True, "r")


def test_commits_of_before_name_all_images_in_one_line() -> None:
    message = "Update\n\nHeadway-Stage: s\nHeadway-Image: r/cart:a, r/web:b\n"
    assert Commit("a" * 40, (), "", 0, message).images == (TakenUp("r/cart:a"), TakenUp("r/web:b"))


def test_what_is_not_said_of_an_image_of_the_commit_is_left() -> None:
    message = f"Update\n\nHeadway-Image: r/cart:a\nHeadway-Digest: r/web:b {DIGEST}\nHeadway-Source-Commit:\n"
    assert Commit("a" * 40, (), "", 0, message).images == (TakenUp("r/cart:a"),)

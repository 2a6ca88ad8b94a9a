"""Where the Application block says that policy lies apart from headway.yaml."""

import pytest

from blocks import Application
from headway.errors import BadInput

APPLICATION = "https://git.example.com/shop/application.git"


def test_a_block_that_says_nothing_of_policy_leaves_it_in_headway_yaml() -> None:
    assert Application(git_url=APPLICATION).policy is None


@pytest.mark.parametrize(
    "written", ["ops/shop.yaml", "./ops/shop.yaml", "ops//shop.yaml", "ops/x/../shop.yaml"]
)
def test_the_file_is_the_same_however_its_path_is_written(written: str) -> None:
    """`revert: all` leaves it alone by its path in git."""
    place = Application(git_url=APPLICATION, policy_path=written).policy
    assert place is not None
    assert place.path == "ops/shop.yaml"


NOT_APART = {
    "headway.yaml itself": ({"policy_path": "./headway.yaml"}, "Name another file"),
    "its repository named as well": (
        {"policy_path": "headway.yaml", "policy_git_url": APPLICATION},
        "Name another file",
    ),
    "a repository and no file": ({"policy_git_url": APPLICATION}, "Fill in `policy_path`"),
    "a branch and no file": ({"policy_branch": "live"}, "Fill in `policy_path`"),
}


@pytest.mark.parametrize(("fields", "next_step"), NOT_APART.values(), ids=NOT_APART.keys())
def test_a_block_that_names_no_file_apart_says_what_to_fill_in(
    fields: dict[str, str], next_step: str
) -> None:
    block = Application.model_validate({"git_url": APPLICATION, **fields})
    with pytest.raises(BadInput, match=next_step):
        _ = block.policy


@pytest.mark.parametrize(
    "elsewhere", [{"policy_git_url": "https://other.example.com/p"}, {"policy_branch": "ops"}]
)
def test_a_file_of_that_name_elsewhere_is_one_apart(elsewhere: dict[str, str]) -> None:
    assert Application.model_validate(
        {"git_url": APPLICATION, "policy_path": "headway.yaml", **elsewhere}
    ).policy

"""What a pull request says, to people and to no program."""

import re
from dataclasses import replace

import pytest

from headway.decide.review import proposal_text
from headway.formats import headway_yaml
from headway.model.edits import Edit, TakenUp

DECLARED = """\
application: shop
write: pull-request
{more}services:
  cart: {{git: https://git.example.com/shop/cart.git, image: r.example.com/shop/cart}}
  catalog: {{git: "git@git.example.com:shop/catalog.git", image: r.example.com/shop/catalog}}
environments:
  testing: {{charts: s3://t}}
  staging: {{charts: s3://s, after: testing}}
"""
SHA = "1a2b3c4" + "5" * 33
EDIT = Edit(
    {"values.yaml": b""},
    "Update cart",
    "- cart: image a -> main-1a2b3c4",
    images=(
        TakenUp("r.example.com/shop/cart:1.2.3", commit=SHA),
        TakenUp("r.example.com/shop/catalog:main-5d6e7f8", commit="5d6e7f8"),
        TakenUp("r.example.com/shop/cart-jobs:main-5d6e7f8", commit="5d6e7f8"),
        TakenUp("r.example.com/shop/cart:stable"),
    ),
)


def text(edit: Edit = EDIT, stage: str = "update_application", more: str = "") -> str:
    application = headway_yaml.read(DECLARED.format(more=more))
    return proposal_text.of(edit, application, stage, "<!-- mark -->").text


def test_it_says_what_changes_where_it_was_tested_and_what_merging_means() -> None:
    what, _, rest = text().partition("**Tested:** ")
    tested, _, merging = rest.partition("\n\n")
    assert what.splitlines() == ["<!-- mark -->", "", "```", "- cart: image a -> main-1a2b3c4", "```", ""]
    assert tested.splitlines() == [
        (
            "not by Headway yet. What is merged is published as a version, released to `testing` and tested there; staging "
            "follows by promotion."
        ),
        f"- `r.example.com/shop/cart:1.2.3` was built of [1a2b3c455555](https://git.example.com/shop/cart/commit/{SHA})",
    ]
    assert merging == (
        "**Merging** is yours: nothing builds on it before. Keep the trailers of the commit where you squash it. "
        "**Closing** it is a no to just this: Headway then waits for something else to propose. It keeps branch and text up to "
        "date, and closes them where nothing is left. Once somebody else has committed to the branch, it leaves it alone."
    )


def test_what_goes_back_and_who_merges() -> None:
    assert "has failed in `testing`, which has gone back already" in text(stage="withdraw")
    assert "**Merging** is Headway's (`merge: when-checks-pass`)" in text(more="merge: when-checks-pass\n")


def test_what_a_person_decided_is_merged_and_closed_by_people_alone() -> None:
    said = text(stage="quarantine", more="merge: when-checks-pass\n")
    assert "**Merging** is yours" in said
    assert "**Closing** it undoes the decision" in said
    assert "waits for something else to propose" not in said
    assert "**Tested:** nothing of it runs" in said


@pytest.mark.parametrize(
    "said", ["@everybody", "<script>", "```\n# Approved", "![x](https://evil.example.com)"]
)
def test_what_others_wrote_stands_in_a_code_block(said: str) -> None:
    edit = Edit({}, "Take back 0.1.1", f"broke: {said}\u202e")
    _, _, fence, *lines = text(edit, "withdraw").splitlines()
    inside = lines[: lines.index(fence)]
    assert said in "\n".join(inside)
    assert "\\u202e" in "\n".join(inside)
    assert said not in "\n".join(lines[len(inside) :])


def test_a_title_is_one_line_and_ends() -> None:
    application = headway_yaml.read(DECLARED.format(more=""))
    title = proposal_text.of(Edit({}, "Take back\n" + "x" * 500), application, "withdraw", "").title
    assert title.startswith("Take back xxx")
    assert len(title) == proposal_text.TITLE_LIMIT


def test_no_line_of_others_is_a_command_of_the_host() -> None:
    said = text(replace(EDIT, body="The tests said:\n```\n/merge\n/approve"))
    assert "\n /merge\n /approve\n" in said
    assert not re.search(r"^(/|```$)", said, re.MULTILINE), "the fence around it is longer"

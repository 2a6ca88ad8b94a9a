"""What stands in a comment on a pull request, whatever others wrote into the chart."""

import re

import pytest

from headway.decide.review import pull_request_comment
from headway.decide.review.image_changes import ImageChange
from headway.decide.review.plan import Change, Plan
from headway.decide.review.pull_request_comment import LIMIT, Planned
from headway.model.release_ref import ReleaseRef

REF = ReleaseRef("shop", "testing", "shop")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def plan(*changes: Change, images: tuple[ImageChange, ...] = ()) -> Plan:
    return Plan(REF, "", "", "", changes=changes, images=images)


def added(name: str, *lines: str) -> Change:
    return Change(name, "added", tuple(f"+{line}" for line in lines))


def of(*planned: Planned, notes: tuple[str, ...] = ()) -> str:
    return pull_request_comment.of("main", COMMIT, planned, notes)


def test_environments_with_the_same_to_tell_are_told_together() -> None:
    cart, hook = added("Deployment/cart", "a: b"), Change("Job/migrate", "changed", ("-a", "+b"), "hook")
    image = ImageChange("cart:1", "cart:2")
    said = of(
        Planned("testing", plan(cart, hook, images=(image,))),
        Planned("staging", plan(cart, hook, images=(image,))),
        Planned("production", plan()),
        Planned("moon", findings=("helm template: no",)),
        notes=("headway.yaml is changed",),
    )
    assert said == (
        "## What merging this changes\n\n"
        "Of 0123456789ab, merged into `main`: rendered without cluster and keys, with placeholders for secrets. Nothing was "
        "changed for it.\n\n"
        "- `testing`, `staging`: 1 resource added, 1 hook changed\n"
        "- `production`: nothing that is rendered changes\n"
        "- `moon`: does not render\n\n"
        "**Not seen here:**\n\n```\n- headway.yaml is changed\n```\n\n"
        "### `testing`, `staging`\n\n"
        "**Images:**\n\n```\n- cart:1 -> cart:2\n```\n\n"
        "```diff\n+ Deployment/cart\n+a: b\n```\n\n"
        "```diff\n~ Job/migrate\n-a\n+b\n```\n\n"
        "### `moon`\n\n"
        "**Would not be published:**\n\n```\n- helm template: no\n```\n"
    )


HOSTILE = "```\n/merge\n\n@everybody ![x](https://evil.example.com/x.png) closes #1 <!-- headway: plan shop --> \u202e"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(of(Planned("testing", findings=(HOSTILE,))), id="a finding"),
        pytest.param(of(Planned("testing", plan()), notes=(HOSTILE,)), id="a note"),
        pytest.param(of(Planned("testing", plan(added(HOSTILE, *HOSTILE.splitlines())))), id="a resource"),
        pytest.param(of(Planned("testing", plan(images=(ImageChange("", HOSTILE),)))), id="an image"),
        pytest.param(of(Planned("testing", plan(), definitions=(HOSTILE,))), id="a definition"),
        pytest.param(pull_request_comment.of_trouble("main", COMMIT, HOSTILE), id="an error"),
    ],
)
def test_nothing_of_it_is_read_by_a_host(said: str) -> None:
    outside = re.sub(r"^(`{3,})(diff)?$.*?^\1$", "", said, flags=re.DOTALL | re.MULTILINE)
    assert not re.search(r"[@!<]|#\d", outside), outside
    assert "everybody" in said
    assert not re.search(r"^\s*/", said, re.MULTILINE), "a command of GitLab begins a line"
    assert "\u202e" not in said


def test_it_is_no_longer_than_a_host_takes_and_says_what_is_left_out() -> None:
    changes = [added(f"ConfigMap/{n}", *[f"{'é' * 500}: {line}" for line in range(100)]) for n in range(50)]
    said = of(
        Planned("testing", plan(*changes)),
        *(Planned(f"e{n}", findings=("x" * 10_000,) * 50) for n in range(40)),
    )
    assert len(said.encode()) <= LIMIT
    assert re.search(r"\d+ parts more: this comment would become too long for them\.", said)
    assert "... 40 lines more" in said
    assert "`e39`" in said, "no environment is left out"
    assert said.count("```") % 2 == 0

"""What is proposed against what is wanted: which step is due."""

from dataclasses import replace

import pytest

from headway.decide.supply import proposing
from headway.decide.supply.proposing import Branch, Seen, Step
from headway.model.checks import Checks
from headway.model.edits import Edit, TakenUp

EDIT = Edit(
    {"values.yaml": b"tag: b\n", "Chart.lock": b"generated: '2026-01-01T00:00:00Z'\n"},
    "Update cart to b",
    "- cart: image a -> b",
    {"Headway-Stage": "update_application", "Headway-Run": "run-1"},
)
BEFORE = {"values.yaml": b"tag: a\n"}


@pytest.mark.parametrize(
    ("seen", "merge", "step"),
    [
        pytest.param(Seen(Branch.ABSENT, is_open=False), "by-people", Step.WRITE, id="nothing there yet"),
        pytest.param(Seen(Branch.OURS, is_open=True), "by-people", Step.WRITE, id="something else is wanted"),
        pytest.param(Seen(Branch.OURS, is_open=False), "by-people", Step.WRITE, id="a branch that was left"),
        pytest.param(
            Seen(Branch.AS_WANTED, is_open=False), "by-people", Step.OPEN, id="cut off before it was opened"
        ),
        pytest.param(Seen(Branch.AS_WANTED, is_open=True), "by-people", Step.WAIT, id="waits for people"),
        pytest.param(
            Seen(Branch.AS_WANTED, is_open=True, checks=Checks.PASSED),
            "by-people",
            Step.WAIT,
            id="checks merge nothing where people do",
        ),
        *[
            pytest.param(
                Seen(Branch.AS_WANTED, is_open=True, checks=checks),
                "when-checks-pass",
                step,
                id=f"checks: {checks}",
            )
            for checks, step in (
                (Checks.NONE, Step.WAIT),
                (Checks.PENDING, Step.WAIT),
                (Checks.FAILED, Step.WAIT),
                (Checks.PASSED, Step.MERGE),
            )
        ],
        pytest.param(
            Seen(Branch.OURS, is_open=True, checks=Checks.PASSED),
            "when-checks-pass",
            Step.WRITE,
            id="checks of what is not wanted any more",
        ),
        pytest.param(
            Seen(Branch.A_PERSONS, is_open=True, checks=Checks.PASSED),
            "when-checks-pass",
            Step.LEAVE,
            id="a person's commits are never merged by policy",
        ),
        pytest.param(Seen(Branch.A_PERSONS, is_open=False), "by-people", Step.LEAVE, id="a person's branch"),
        pytest.param(
            Seen(Branch.AS_WANTED, is_open=False, declined=True),
            "by-people",
            Step.DECLINED,
            id="a person said no",
        ),
        pytest.param(
            Seen(Branch.ABSENT, is_open=False, declined=True),
            "by-people",
            Step.DECLINED,
            id="and took the branch away",
        ),
        pytest.param(
            Seen(Branch.AS_WANTED, is_open=True, declined=True),
            "by-people",
            Step.WAIT,
            id="and opened it again",
        ),
    ],
)
def test_where_there_is_something_to_propose(seen: Seen, merge: str, step: Step) -> None:
    assert proposing.due(seen, merge) is step  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("branch", "step"),
    [
        (Branch.ABSENT, Step.NOTHING),
        (Branch.OURS, Step.CLOSE),
        (Branch.AS_WANTED, Step.CLOSE),
        (Branch.A_PERSONS, Step.LEAVE),
    ],
)
def test_where_nothing_is_to_be_proposed(branch: Branch, step: Step) -> None:
    assert proposing.due_without(branch) is step


@pytest.mark.parametrize(
    ("changed", "message", "same"),
    [
        pytest.param(EDIT.files, EDIT.message, True, id="the same"),
        pytest.param(EDIT.files, EDIT.message.replace("run-1", "run-2"), True, id="of another run"),
        pytest.param(
            {**EDIT.files, "Chart.lock": b"generated: '2026-02-02T12:13:14.5+01:00'\n"},
            EDIT.message,
            True,
            id="later",
        ),
        pytest.param({**EDIT.files, "values.yaml": b"tag: c\n"}, EDIT.message, False, id="another tag"),
        pytest.param({**EDIT.files, "values.yaml": None}, EDIT.message, False, id="a file less"),
        pytest.param({**EDIT.files, "x": b""}, EDIT.message, False, id="a file more"),
        pytest.param({"values.yaml": b"tag: b\n"}, EDIT.message, False, id="a file not written"),
        pytest.param(EDIT.files, EDIT.message.replace("-> b", "-> c"), False, id="another reason"),
    ],
)
def test_what_a_commit_of_ours_holds(changed: dict[str, bytes | None], message: str, same: bool) -> None:
    assert proposing.is_same(EDIT, message, changed, BEFORE) is same


def test_what_the_parent_holds_already_is_no_change() -> None:
    edit = replace(EDIT, files={**EDIT.files, "same": b"same"})
    assert proposing.is_same(edit, EDIT.message, EDIT.files, {**BEFORE, "same": b"same"})


def test_a_pull_request_is_known_by_what_it_proposes() -> None:
    text = f"{proposing.mark_of(EDIT)}\r\nanything"
    assert proposing.proposes_the_same(text, EDIT)
    assert proposing.proposes_the_same(
        text, replace(EDIT, trailers={**EDIT.trailers, "Headway-Run": "run-2"})
    )
    for other in (
        replace(EDIT, body="- cart: image a -> c"),
        replace(EDIT, subject="x"),
        replace(EDIT, files={}),
        replace(EDIT, images=(TakenUp("r.example.com/shop/cart:c"),)),
    ):
        assert not proposing.proposes_the_same(text, other)


def test_a_no_of_before_commits_said_more_of_images_still_counts() -> None:
    images = (
        TakenUp("r.example.com/shop/cart:b", f"sha256:{'a' * 64}", "1" * 40, "4711"),
        TakenUp("r.example.com/shop/web:c"),
    )
    text = "<!-- headway: proposal b6bb892acbb33efdf53d83e6674cda73 -->"
    assert proposing.mark_of(replace(EDIT, images=images)) == text
    another = replace(images[0], reference="r.example.com/shop/cart:d")
    assert not proposing.proposes_the_same(text, replace(EDIT, images=(another, images[1])))


def test_names_of_branches() -> None:
    assert proposing.branch_of("shop", "update_application", EDIT) == "headway/shop"
    one, other = (
        proposing.branch_of("shop", "quarantine", replace(EDIT, subject=subject))
        for subject in ("Bar a", "Bar b")
    )
    assert one != other, "each decision of a person has its own"
    assert one.startswith("headway/shop.quarantine-")


@pytest.mark.parametrize(
    ("merge", "checks", "said"),
    [
        ("by-people", Checks.NONE, "waits to be merged"),
        ("when-checks-pass", Checks.NONE, "is not merged, nothing has checked it yet"),
        ("when-checks-pass", Checks.PENDING, "is not merged, its checks are not through"),
        ("when-checks-pass", Checks.FAILED, "is not merged, its checks have failed"),
        ("when-checks-pass", Checks.PASSED, "waits to be merged"),
    ],
)
def test_whom_it_waits_for(merge: str, checks: Checks, said: str) -> None:
    assert proposing.waits_for(merge, checks) == said  # type: ignore[arg-type]

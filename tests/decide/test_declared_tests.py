"""Which tests of a revision ran, and which were skipped."""

import pytest

from headway.decide.review.declared_tests import endings
from headway.model.application import ClusterTest
from headway.model.release_history import HistoryEntry

SMOKE = ClusterTest(name="smoke", image="r.example/tests:1")
LOAD = ClusterTest(name="load", image="r.example/tests:1", needs=("smoke",))
OTHER = ClusterTest(name="other", image="r.example/tests:1")
HOOK_FAILED = "test cart-check failed in pod cart-check: it exited with 1"
LAST = ClusterTest(name="last", image="r.example/tests:1", needs=("chart-tests",))
MEANWHILE = "a test of the charts failed meanwhile"
ANOTHER = "another test failed before it"
DOWN = "the release did not come up"


@pytest.mark.parametrize(
    ("outcome", "reason", "phases", "said"),
    [
        pytest.param(
            "passed",
            "",
            {"cart-check": "Succeeded"},
            ["cart-check: passed", *(f"Job {each}: passed" for each in ("smoke", "load", "other", "last"))],
            id="all ran",
        ),
        pytest.param(
            "rolled-back",
            HOOK_FAILED,
            {"cart-check": "Failed", "web-check": ""},
            [
                "cart-check: failed",
                f"web-check: skipped, {ANOTHER}",
                f"Job smoke: not known, {MEANWHILE}",
                f"Job load: not known, {MEANWHILE}",
                f"Job other: not known, {MEANWHILE}",
                f"Job last: skipped, {ANOTHER}",
            ],
            id="a hook failed: Jobs ran beside it, but for those that need the charts' tests",
        ),
        pytest.param(
            "tests-failed",
            "Job smoke failed in pod smoke-x: it exited with 1",
            {"cart-check": "Succeeded"},
            [
                "cart-check: passed",
                "Job smoke: failed",
                "Job other: passed",
                f"Job load: skipped, {ANOTHER}",
                f"Job last: skipped, {ANOTHER}",
            ],
            id="a Job failed: neither what needs it nor what comes after all began, what ran beside it did",
        ),
        pytest.param(
            "rolled-back",
            f"{HOOK_FAILED}; Job smoke failed in pod smoke-x: it exited with 1",
            {"cart-check": "Failed"},
            [
                "cart-check: failed",
                "Job smoke: failed",
                f"Job other: not known, {MEANWHILE}",
                f"Job load: skipped, {ANOTHER}",
                f"Job last: skipped, {ANOTHER}",
            ],
            id="a hook and a Job failed: what ran beside both may have been ended",
        ),
        pytest.param(
            "failed",
            "Deployment cart: it did not come up",
            {"cart-check": ""},
            [
                f"cart-check: skipped, {DOWN}",
                *(f"Job {each}: skipped, {DOWN}" for each in ("smoke", "load", "other", "last")),
            ],
            id="it did not come up: nothing began",
        ),
        pytest.param(
            "started",
            "",
            {"cart-check": "Running"},
            [
                "cart-check: running",
                *(f"Job {each}: not known" for each in ("smoke", "load", "other", "last")),
            ],
            id="under way",
        ),
        pytest.param(
            "",
            "",
            {"cart-check": ""},
            [
                "cart-check: not run",
                *(f"Job {each}: not known" for each in ("smoke", "load", "other", "last")),
            ],
            id="nobody recorded it",
        ),
        pytest.param(
            "tests-failed",
            "Job smoke-two failed",
            {"cart-check": "Succeeded"},
            [
                "cart-check: passed",
                *(f"Job {each}: not known" for each in ("smoke", "load", "other", "last")),
            ],
            id="another name that begins so",
        ),
    ],
)
def test_what_became_of_each(outcome: str, reason: str, phases: dict[str, str], said: list[str]) -> None:
    entry = HistoryEntry(3, "0.1.0", "release", outcome=outcome, reason=reason)
    assert [str(each) for each in endings(entry, phases, (SMOKE, LOAD, OTHER, LAST))] == said


def test_in_turn_what_comes_later_was_not_reached() -> None:
    entry = HistoryEntry(
        3, "0.1.0", "release", outcome="tests-failed", reason="Job smoke failed: see its log"
    )
    found = endings(entry, {}, (SMOKE, OTHER), in_turn=True)
    assert [str(each) for each in found] == ["Job smoke: failed", f"Job other: skipped, {ANOTHER}"]


def test_what_has_no_tests() -> None:
    assert endings(HistoryEntry(3, "0.1.0", "release", outcome="passed"), {}, ()) == ()

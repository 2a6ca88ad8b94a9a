"""What each decision about a release leaves in its audit, whole, and whether what was approved before still holds."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from headway.decide.release import standing_orders, transitions
from headway.decide.release.observation import ReleaseFingerprint
from headway.model.audit import AuditEntry, Said
from headway.model.record import Approval, Hold, ReleaseRecord

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
ONE = ReleaseFingerprint("sha256:1", "v", "1.0.0")
TWO = ReleaseFingerprint("sha256:2", "v", "2.0.0")
SAID = Said("Ada", "checked", NOW, "run-1")
ANSWER = Approval(
    by="Ada", why="checked", at=NOW, version="2.0.0", chart_digest="sha256:2", plan="p", run="run-1"
)
ADA = {"by": "Ada", "why": "checked", "at": NOW, "run": "run-1"}
OF_TWO = {"version": "2.0.0", "digest": "sha256:2"}


def before() -> ReleaseRecord:
    """1.0.0 is good, 2.0.0 was begun after somebody had approved it."""
    record = transitions.attempted(transitions.begun("shop", "testing", "shop"), ONE, revision=1, now=NOW)
    record = transitions.passed(transitions.deployed(record, 1, now=NOW), ONE, 1, now=NOW)
    earlier = ANSWER.model_copy(update={"by": "Bob", "run": "run-0"})
    return transitions.attempted(standing_orders.approved(record, earlier), TWO, revision=2, now=NOW)


def hold(version: str) -> Hold:
    return Hold(by="Ada", why="checked", at=NOW, version=version, not_above="2.0.0")


Act = Callable[[ReleaseRecord], ReleaseRecord]


@pytest.mark.parametrize(
    ("act", "entry", "still_approved"),
    [
        pytest.param(
            lambda record: standing_orders.approved(record, ANSWER),
            AuditEntry(kind="approved", plan="p", **OF_TWO, **ADA),
            True,
            id="approved",
        ),
        pytest.param(
            lambda record: standing_orders.declined(record, ANSWER),
            AuditEntry(kind="rejected", plan="p", **OF_TWO, **ADA),
            False,
            id="a person says no",
        ),
        pytest.param(
            lambda record: standing_orders.lapsed(record, SAID),
            AuditEntry(kind="lapsed", plan="p", **OF_TWO, **ADA),
            False,
            id="the plan has changed",
        ),
        pytest.param(
            lambda record: transitions.rejected(record, record.attempts[0], SAID),
            AuditEntry(kind="barred", **OF_TWO, **ADA),
            False,
            id="the version failed",
        ),
        pytest.param(
            lambda record: standing_orders.held(record, hold("1.0.0"), run="run-1"),
            AuditEntry(kind="held", version="1.0.0", digest="sha256:1", **ADA),
            False,
            id="a person goes back",
        ),
        pytest.param(
            lambda record: standing_orders.held(record, hold("0.9.0"), run="run-1"),
            AuditEntry(kind="held", version="0.9.0", **ADA),
            False,
            id="to what the record has forgotten",
        ),
        pytest.param(
            lambda record: standing_orders.frozen(record, SAID),
            AuditEntry(kind="frozen", **ADA),
            False,
            id="frozen",
        ),
        pytest.param(
            lambda record: standing_orders.stopped(record, SAID),
            AuditEntry(kind="frozen", **ADA),
            False,
            id="its run was cancelled",
        ),
        pytest.param(
            lambda record: transitions.adopted(record, TWO, 3, SAID),
            AuditEntry(kind="adopted", **OF_TWO, **ADA),
            True,
            id="adopted",
        ),
    ],
)
def test_a_decision_is_in_the_audit(act: Act, entry: AuditEntry, still_approved: bool) -> None:
    record = before()
    after = act(record)
    assert after.audit == (entry, *record.audit)
    assert (after.approval is not None) is still_approved


def test_another_run_that_is_cancelled_freezes_too() -> None:
    once = standing_orders.stopped(before(), SAID)
    assert standing_orders.stopped(once, SAID) == once
    again = standing_orders.stopped(standing_orders.thawed(once, SAID), Said("Bob", "it hangs", NOW, "run-2"))
    assert again.freeze is not None
    assert again.freeze.cancelled_run == "run-2"
    held = standing_orders.held(before(), hold("1.0.0"), run="run-1")
    assert standing_orders.stopped(held, SAID).freeze is not None, (
        "what the run did before it was cancelled counts not"
    )


def test_what_is_adopted_was_deployed_when_somebody_said_so() -> None:
    newest = transitions.adopted(before(), TWO, 3, SAID).attempts[0]
    assert (newest.revision, newest.kind, newest.outcome, newest.ended_at) == (3, "adoption", "deployed", NOW)

"""How far an approval goes, and which answers are known already."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from headway.decide.release import approval, standing_orders, transitions
from headway.decide.release.observation import ReleaseFingerprint
from headway.formats import record_json
from headway.model.audit import AuditEntry, Said
from headway.model.record import Approval, Asked, ReleaseRecord

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
TWO = ReleaseFingerprint("sha256:2", "v", "2.0.0")
OTHER_VALUES = ReleaseFingerprint("sha256:2", "w", "2.0.0")
THREE = ReleaseFingerprint("sha256:3", "v", "3.0.0")
GIVEN = Approval(
    by="Ada", why="checked", at=NOW, version="2.0.0", chart_digest="sha256:2", plan="shown", run="r"
)
ABOUT = {"version": "2.0.0", "digest": "sha256:2", "plan": "shown"}
EMPTY = transitions.begun("shop", "production", "shop")
APPROVED = standing_orders.approved(EMPTY, GIVEN)
BEGUN = transitions.attempted(APPROVED, TWO, revision=1, now=NOW)
CUT_OFF = transitions.attempted(BEGUN, TWO, revision=2, now=NOW)


@pytest.mark.parametrize(
    ("record", "content", "plan", "covered"),
    [
        pytest.param(None, TWO, "shown", False, id="nothing is known"),
        pytest.param(EMPTY, TWO, "shown", False, id="nobody was asked"),
        pytest.param(APPROVED, TWO, "shown", True, id="what was shown"),
        pytest.param(APPROVED, TWO, "another", False, id="it would be another change"),
        pytest.param(APPROVED, THREE, "shown", False, id="it would be another package"),
        pytest.param(BEGUN, TWO, "another", True, id="it was begun and cut off"),
        pytest.param(CUT_OFF, TWO, "another", True, id="it was begun and cut off twice"),
        pytest.param(BEGUN, OTHER_VALUES, "another", False, id="it was begun with other values"),
        pytest.param(
            transitions.passed(BEGUN, TWO, 1, now=NOW), TWO, "shown", False, id="it was carried out"
        ),
        pytest.param(
            standing_orders.thawed(
                standing_orders.frozen(BEGUN, Said("Ada", "stop", NOW)),
                Said("Ada", "go", NOW),
            ),
            TWO,
            "shown",
            False,
            id="it was begun, and somebody froze the environment",
        ),
    ],
)
def test_what_it_covers(
    record: ReleaseRecord | None, content: ReleaseFingerprint, plan: str, covered: bool
) -> None:
    found = approval.covers(record, content, ["one", plan])
    assert (found is not None) is covered
    assert found is None or found.by == "Ada"


@pytest.mark.parametrize(
    ("record", "run", "plan", "known"),
    [
        pytest.param(None, "r", "shown", False, id="no record"),
        pytest.param(EMPTY, "r", "shown", False, id="no answer"),
        pytest.param(APPROVED, "r", "shown", True, id="approved"),
        pytest.param(standing_orders.declined(EMPTY, GIVEN), "r", "shown", True, id="rejected"),
        pytest.param(
            transitions.passed(BEGUN, TWO, 1, now=NOW), "r", "shown", True, id="approved and carried out"
        ),
        pytest.param(APPROVED, "s", "shown", False, id="in another run"),
        pytest.param(APPROVED, "r", "another", False, id="to another plan"),
        pytest.param(
            EMPTY.model_copy(update={"audit": (APPROVED.audit[0].model_copy(update={"kind": "lapsed"}),)}),
            "r",
            "shown",
            False,
            id="what has lapsed is no answer",
        ),
    ],
)
def test_which_answer_is_written_already(
    record: ReleaseRecord | None, run: str, plan: str, known: bool
) -> None:
    assert approval.is_written(record, run, plan) is known


@pytest.mark.parametrize(("why", "says"), [("checked", "approved by Ada: checked"), ("", "approved by Ada")])
def test_in_words(why: str, says: str) -> None:
    assert approval.in_words(GIVEN.model_copy(update={"why": why})) == says


SINCE = Said("headway", "since then: Deployment/cart changes", NOW, "later")


@pytest.mark.parametrize(
    ("end", "entry"),
    [
        pytest.param(
            lambda: standing_orders.declined(APPROVED, GIVEN),
            AuditEntry(kind="rejected", by="Ada", why="checked", at=NOW, run="r", **ABOUT),
            id="somebody said no",
        ),
        pytest.param(
            lambda: standing_orders.lapsed(APPROVED, SINCE),
            AuditEntry(kind="lapsed", by="headway", why=SINCE.why, at=NOW, run="later", **ABOUT),
            id="it would be another change by now",
        ),
    ],
)
def test_what_ends_an_approval_is_in_the_audit(end: Callable[[], ReleaseRecord], entry: AuditEntry) -> None:
    record = end()
    assert record.approval is None
    assert record.audit == (entry, *APPROVED.audit)


def test_a_name_is_one_line_and_ends() -> None:
    """It comes from a form, and stands in the subject of the commit that takes back what was answered with no."""
    typed = "Ada\n\nHeadway-Stage: x " + "a" * 1000
    given = Approval(by=typed, why="", at=NOW, version="2.0.0", chart_digest="sha256:2", plan="shown")
    said = standing_orders.declined(EMPTY, given)
    assert given.by.startswith("Ada Headway-Stage: x a")
    assert (given.by, len(given.by)) == (said.audit[0].by, 100)


def test_nothing_lapses_where_nothing_was_approved() -> None:
    assert standing_orders.lapsed(EMPTY, SINCE) == EMPTY


DECLINED = standing_orders.declined(EMPTY, GIVEN)
ASKED_AGAIN = standing_orders.asked_for(DECLINED, "started", Said("Bo", "it is Monday", NOW, "another"))


@pytest.mark.parametrize(
    ("record", "digest", "no"),
    [
        pytest.param(EMPTY, "sha256:2", False, id="nobody was asked"),
        pytest.param(DECLINED, "sha256:2", True, id="no"),
        pytest.param(DECLINED, "sha256:3", False, id="no to another package"),
        pytest.param(standing_orders.approved(DECLINED, GIVEN), "sha256:2", False, id="no, and then yes"),
        pytest.param(standing_orders.declined(APPROVED, GIVEN), "sha256:2", True, id="yes, and then no"),
        pytest.param(ASKED_AGAIN, "sha256:2", False, id="no, and somebody asks again"),
        pytest.param(
            standing_orders.approved(DECLINED, GIVEN.model_copy(update={"chart_digest": "sha256:3"})),
            "sha256:2",
            True,
            id="no, and then yes to another package",
        ),
    ],
)
def test_whether_a_package_was_answered_with_no(record: ReleaseRecord, digest: str, no: bool) -> None:
    assert (approval.declined(record, digest) is not None) == no


ASKED = Asked(version="2.0.0", chart_digest="sha256:2", at=NOW, run="r")
AT_GATE = standing_orders.asked(EMPTY, ASKED)
ONE = ReleaseFingerprint("sha256:1", "v", "1.0.0")


@pytest.mark.parametrize(
    ("record", "asks"),
    [
        pytest.param(EMPTY, False, id="nobody was asked, or a record of before"),
        pytest.param(AT_GATE, True, id="asked"),
        pytest.param(standing_orders.approved(AT_GATE, GIVEN), False, id="yes"),
        pytest.param(standing_orders.declined(AT_GATE, GIVEN), False, id="no"),
        pytest.param(
            standing_orders.approved(AT_GATE, GIVEN.model_copy(update={"run": "before"})),
            True,
            id="an answer to another run",
        ),
        pytest.param(standing_orders.unasked(AT_GATE, "r"), False, id="its run has ended"),
        pytest.param(standing_orders.unasked(AT_GATE, "before"), True, id="another run has ended"),
        pytest.param(standing_orders.frozen(AT_GATE, Said("Ada", "stop", NOW)), False, id="frozen"),
        pytest.param(
            transitions.attempted(AT_GATE, TWO, revision=1, now=NOW), False, id="its release begins"
        ),
        pytest.param(
            transitions.attempted(AT_GATE, THREE, revision=1, now=NOW),
            False,
            id="one of a newer version begins",
        ),
        pytest.param(
            transitions.attempted(AT_GATE, ONE, revision=1, now=NOW),
            True,
            id="one of an older version begins",
        ),
        pytest.param(
            transitions.attempted(AT_GATE, THREE, revision=1, now=NOW, kind="rollback"),
            True,
            id="it goes back meanwhile",
        ),
    ],
)
def test_what_is_asked_is_asked_until_it_is_answered_or_moot(record: ReleaseRecord, asks: bool) -> None:
    assert approval.asked(record, NOW) == (ASKED if asks else None)


def test_patience_ends_and_a_first_release_has_no_record() -> None:
    assert approval.asked(AT_GATE, NOW + approval.PATIENCE - timedelta(seconds=1)) == ASKED
    assert approval.asked(AT_GATE, NOW + approval.PATIENCE) is None
    assert approval.asked(None, NOW) is None
    at_the_end = ASKED.model_copy(update={"at": datetime.max.replace(tzinfo=UTC)})
    assert approval.asked(standing_orders.asked(EMPTY, at_the_end), NOW) == at_the_end, "whoever wrote that"


def test_asking_is_no_decision() -> None:
    assert AT_GATE.audit == ()


def test_only_a_record_at_the_gate_says_what_an_older_headway_does_not_read() -> None:
    assert "asked" not in record_json.serialise(standing_orders.approved(AT_GATE, GIVEN))
    assert record_json.read(record_json.serialise(AT_GATE)) == AT_GATE

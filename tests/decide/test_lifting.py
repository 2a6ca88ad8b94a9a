"""What a person may take back, and what the refusal names."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headway.decide.release import transitions
from headway.decide.release.lifting import lifted
from headway.errors import Refused
from headway.model.audit import AuditEntry, Said
from headway.model.record import Freeze, Hold, Rejection, ReleaseRecord

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SAID = Said("Bob", "fine", NOW, "r")
BARRED = Rejection(
    chart_digest="sha256:2", version="1.2.0", reason="tests failed", at=NOW, propagated_to=("cluster",)
)
WITHDRAWN = Rejection(
    chart_digest="sha256:3",
    version="1.3.0",
    reason="tests failed",
    at=NOW,
    propagated_to=("cluster", "repository", "git"),
    inputs=("image r.example/cart main-3",),
)
FIRST = WITHDRAWN.model_copy(update={"inputs": ()})
MEND = "mend it and push, and the next change gets a new version; to try it as it is, raise `version:` in its Chart.yaml."
RECORD = transitions.begun("shop", "staging", "shop").model_copy(
    update={
        "hold": Hold(by="Ada", why="odd", at=NOW, version="1.0.0", not_above="1.1.0"),
        "freeze": Freeze(by="headway", why="last good fails", at=NOW),
        "rejections": (BARRED, WITHDRAWN),
    }
)


def noted(kind: str, why: str = "fine", **about: str) -> AuditEntry:
    return AuditEntry.model_validate({"kind": kind, "by": "Bob", "why": why, "at": NOW, "run": "r", **about})


@pytest.mark.parametrize(
    ("what", "expected", "entry"),
    [
        pytest.param(
            "hold",
            {"hold": None},
            noted("hold-lifted", "fine; it was the hold by Ada: odd", version="1.0.0"),
            id="a hold",
        ),
        pytest.param(
            "freeze",
            {"freeze": None},
            noted("freeze-lifted", "fine; it was the freeze by headway: last good fails"),
            id="a freeze",
        ),
        pytest.param(
            "1.2.0",
            {"rejections": (WITHDRAWN,)},
            noted("bar-lifted", version="1.2.0", digest="sha256:2"),
            id="the rejection on a version",
        ),
    ],
)
def test_it_and_nothing_else_is_taken_back(what: str, expected: dict[str, object], entry: AuditEntry) -> None:
    assert lifted(RECORD, what, SAID, NOW) == RECORD.model_copy(update={**expected, "audit": (entry,)})


@pytest.mark.parametrize(
    ("record", "what", "says"),
    [
        pytest.param(
            RECORD,
            "1.9.0",
            "there is no 1.9.0 to lift. There is: headway lift shop staging hold --reason WHY, "
            "headway lift shop staging freeze --reason WHY, headway lift shop staging 1.2.0 --reason WHY.",
            id="a version without a rejection",
        ),
        pytest.param(
            transitions.begun("shop", "staging", "shop"),
            "hold",
            "there is no hold to lift. There is nothing to lift: no hold, no freeze, no barred version.",
            id="no hold",
        ),
        pytest.param(
            transitions.begun("shop", "staging", "shop").model_copy(update={"rejections": (WITHDRAWN,)}),
            "freeze",
            "there is no freeze to lift. There is nothing to lift; 1.3.0 was withdrawn: its inputs come back in a new version, "
            "once they are allowed: headway quarantine shop names the commands.",
            id="no freeze, and what is barred cannot be lifted",
        ),
        pytest.param(
            RECORD.model_copy(update={"rejections": (FIRST,)}),
            "1.3.0",
            f"1.3.0 was withdrawn. M{MEND[1:]}",
            id="nothing was good before it, so that no input is barred",
        ),
        pytest.param(
            RECORD,
            "1.3.0",
            "1.3.0 was withdrawn. Its inputs come back in a new version, once they are allowed: "
            "headway quarantine shop names the commands.",
            id="a version that was withdrawn where it was born",
        ),
    ],
)
def test_what_is_not_there_is_refused(record: ReleaseRecord, what: str, says: str) -> None:
    with pytest.raises(Refused) as error:
        lifted(record, what, SAID, NOW)
    assert str(error.value) == f"shop in staging: {says}"


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("hold", "the hold by Ada: odd: it was set at 2026-11-24T12:00:00Z, since this was asked for."),
        (
            "freeze",
            "the freeze by headway: last good fails: it was set at 2026-11-24T12:00:00Z, since this was asked for.",
        ),
    ],
)
def test_what_was_set_since_it_was_asked_for_stands(what: str, says: str) -> None:
    """Whoever asked meant another one, or none that they had seen."""
    with pytest.raises(Refused) as error:
        lifted(RECORD, what, SAID, NOW - timedelta(seconds=1))
    again = f"It stands. headway lift shop staging {what} --reason WHY takes it back all the same."
    assert str(error.value) == f"shop in staging: {says} {again}"


@pytest.mark.parametrize("what", ["hold", "freeze"])
def test_what_a_clock_that_is_ahead_has_dated_is_lifted(what: str) -> None:
    """It was refused until the others' clocks had come so far, however often somebody asked."""
    now = NOW - timedelta(minutes=10)
    after = lifted(RECORD, what, replace(SAID, at=now), now - timedelta(seconds=1))
    assert getattr(after, what) is None

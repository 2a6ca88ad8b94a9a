"""What can be pressed of all that a person may, and why the rest cannot."""

from datetime import UTC, datetime

import pytest

from headway.decide.release.state import State
from headway.decide.review.buttons import Seen, grouped, why_not
from headway.decide.review.status import ReleaseStatus
from headway.model.record import Freeze, Hold, Rejection
from headway.model.release_ref import ReleaseRef

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
EVERY = ("release", "answer", "promote", "run-tests", "roll-back", "freeze", "lift")
FREEZE = Freeze(by="Kim", why="moving", at=NOW)
HOLD = Hold(by="Kim", why="slow", at=NOW, version="1.1.0", not_above="1.1.1")
BARRED = Rejection(chart_digest="sha256:2", version="1.2.0", reason="a test says no", at=NOW)
WITHDRAWN = BARRED.model_copy(
    update={"propagated_to": ("repository", "git"), "inputs": ("image r.example/cart main-2",)}
)


def seen(known: dict[str, object] | None = None, **status: object) -> Seen:
    said = {"version": "1.0.0", **status}
    found = ReleaseStatus(ReleaseRef("shop", "staging", "shop"), "shop-staging", NOW, State.IN_SYNC, **said)  # type: ignore[arg-type]
    return Seen(found, **{"before": "testing", "is_registered": True, "waits": True, **(known or {})})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "not_offered"),
    [
        pytest.param(seen(hold=HOLD), {}, id="all of them"),
        pytest.param(seen(), {"lift": "There is nothing to lift here."}, id="nothing to lift"),
        pytest.param(
            seen({"waits": False}, rejected=(BARRED,)),
            {"answer": "No release waits for an answer."},
            id="nothing waits, and something is barred",
        ),
        pytest.param(
            seen({"waits": None, "is_registered": None}, hold=HOLD), {}, id="Prefect does not answer"
        ),
        pytest.param(
            seen({"before": ""}, hold=HOLD),
            {"promote": "No environment comes before staging: its versions come by a delivery."},
            id="the first environment",
        ),
        pytest.param(
            seen(freeze=FREEZE),
            {"promote": "staging is frozen by Kim: moving. Nothing is promoted until that is lifted."},
            id="frozen",
        ),
        pytest.param(
            seen(policy_freeze="frozen in headway.yaml", hold=HOLD),
            {"promote": "staging is frozen in its policy. Nothing is promoted until that is lifted."},
            id="frozen in policy",
        ),
        pytest.param(
            seen(version="", hold=HOLD),
            {"run-tests": "Nothing runs in staging: there is nothing to test."},
            id="nothing runs",
        ),
        pytest.param(
            seen(rejected=(WITHDRAWN,)),
            {
                "lift": "There is nothing to lift here. 1.2.0 was withdrawn: its inputs come back in a new version, "
                "once they are allowed: headway quarantine shop names the commands."
            },
            id="what is barred was withdrawn",
        ),
        pytest.param(
            seen({"is_registered": False, "waits": False}, hold=HOLD),
            {
                **dict.fromkeys(
                    EVERY,
                    "shop is not registered in Prefect: no run of it can be started. headway add registers it.",
                ),
                "answer": "No release waits for an answer.",
            },
            id="the application was removed",
        ),
    ],
)
def test_what_cannot_be_pressed_says_why(found: Seen, not_offered: dict[str, str]) -> None:
    assert {each: why for each in EVERY if (why := why_not(each, found))} == not_offered


def test_what_cannot_be_pressed_for_one_reason_is_said_once() -> None:
    assert grouped([("Release", "why"), ("Promote", "else"), ("Freeze", "why")]) == (
        ("Release, Freeze", "why"),
        ("Promote", "else"),
    )

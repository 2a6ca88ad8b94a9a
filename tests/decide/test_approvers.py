"""Whose answer at the gate counts."""

from typing import Any

import pytest
from pydantic import ValidationError

from headway.decide.release import approvers
from headway.errors import BadInput
from headway.formats import signed_answer
from headway.model.environment import Environment

PRIVATE, PUBLIC = signed_answer.new_key()
OTHER_PRIVATE, OTHER_PUBLIC = signed_answer.new_key()
SAID = {"approved": True, "approver": "ada", "comment": "seen"}
SIGNATURE = signed_answer.sign(PRIVATE, "run", "plan", SAID)
ELSEWHERE = "it was not given in the release view that policy names"


@pytest.mark.parametrize(
    ("key", "named", "run", "plan", "changed", "signature", "says"),
    [
        pytest.param(None, (), "run", "plan", {}, "", "", id="policy names no key"),
        pytest.param(PUBLIC, (), "run", "plan", {}, SIGNATURE, "", id="the view signed it"),
        pytest.param(
            PUBLIC, ("ada", "bob"), "run", "plan", {}, SIGNATURE, "", id="of somebody whom policy names"
        ),
        pytest.param(
            PUBLIC,
            ("bob",),
            "run",
            "plan",
            {},
            SIGNATURE,
            "policy does not name ada",
            id="of nobody whom it names",
        ),
        pytest.param(PUBLIC, (), "run", "plan", {}, "", ELSEWHERE, id="not signed"),
        pytest.param(PUBLIC, (), "run", "plan", {}, "no base64!", ELSEWHERE, id="no signature"),
        pytest.param(PUBLIC, (), "run", "plan", {}, "AAAA", ELSEWHERE, id="too short for one"),
        pytest.param(OTHER_PUBLIC, (), "run", "plan", {}, SIGNATURE, ELSEWHERE, id="signed by another key"),
        pytest.param(PUBLIC, (), "other", "plan", {}, SIGNATURE, ELSEWHERE, id="signed in another run"),
        pytest.param(PUBLIC, (), "run", "other", {}, SIGNATURE, ELSEWHERE, id="signed for another plan"),
        pytest.param(
            PUBLIC, (), "run", "plan", {"approved": False}, SIGNATURE, ELSEWHERE, id="another answer"
        ),
        pytest.param(PUBLIC, (), "run", "plan", {"approver": "bob"}, SIGNATURE, ELSEWHERE, id="another name"),
        pytest.param(
            PUBLIC, (), "run", "plan", {"comment": "not seen"}, SIGNATURE, ELSEWHERE, id="other words"
        ),
    ],
)
def test_an_answer_counts_where_the_view_signed_it(
    key: str | None,
    named: tuple[str, ...],
    run: str,
    plan: str,
    changed: dict[str, object],
    signature: str,
    says: str,
) -> None:
    found = approvers.refusal(key, named, run, plan, SAID | changed, signature)
    assert found.startswith(says)
    assert bool(found) is bool(says)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        pytest.param({"approval_key": "ed25519:short"}, "is not what", id="no key"),
        pytest.param({"approval_key": PRIVATE.removeprefix("ed25519:")}, "is not what", id="of no kind"),
        pytest.param(
            {"approvers": ("ada",)}, "anybody could answer under such a name", id="names without a key"
        ),
    ],
)
def test_what_policy_may_not_say(said: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Environment.model_validate({"charts": "s3://shop", **said})


def test_what_is_no_key_is_bad_input() -> None:
    with pytest.raises(BadInput, match="it is no key"):
        signed_answer.sign("ed25519:AAAA", "run", "plan", SAID)

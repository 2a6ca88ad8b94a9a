"""How far a rollout is."""

from typing import Any

import pytest

from headway.decide.pods import progress


def pod(name: str, ready: bool, phase: str = "Running") -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {"metadata": {"name": name}, "status": {"phase": phase, "conditions": conditions}}


MANY = [pod(f"cart-{number}", ready=False) for number in range(5)]


@pytest.mark.parametrize(
    ("pods", "sentence"),
    [
        pytest.param([], "", id="none yet"),
        pytest.param([{"metadata": {"name": "cart-1"}}], "0 of 1 new pods ready: cart-1 not yet", id="made"),
        pytest.param(
            [pod("cart-2", True), pod("cart-1", False)], "1 of 2 new pods ready: cart-1 not yet", id="one"
        ),
        pytest.param(
            [pod("cart-1", True), pod("hook", False, "Succeeded")], "2 of 2 new pods ready", id="all"
        ),
        pytest.param(MANY, "0 of 5 new pods ready: cart-0, cart-1, cart-2 ... not yet", id="many"),
    ],
)
def test_sentence(pods: list[dict[str, Any]], sentence: str) -> None:
    assert progress.sentence(pods) == sentence

"""What is shown of the message of a run's state."""

import pytest

from headway.decide.review import run_messages


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        pytest.param("Flow run encountered an exception: Terminal: a.yaml: no", "a.yaml: no", id="a flow"),
        pytest.param("Task run encountered an exception Unreachable: git: away", "git: away", id="a task"),
        pytest.param(
            "Flow run encountered an exception: KeyError: 'x'",
            "Flow run encountered an exception: KeyError: 'x'",
            id="no error of Headway's",
        ),
        pytest.param("All states completed.", "All states completed.", id="it went well"),
        pytest.param(None, "", id="nothing"),
    ],
)
def test_only_the_error_is_shown(message: str | None, shown: str) -> None:
    assert run_messages.of_state(message) == shown

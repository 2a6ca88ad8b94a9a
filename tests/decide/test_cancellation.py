"""What it means that a run was cancelled, by the states it has been in."""

from datetime import UTC, datetime, timedelta

import pytest

from headway.decide.release import cancellation
from headway.decide.release.cancellation import Cancellation, RunState

BEGAN = datetime(2026, 11, 25, 9, tzinfo=UTC)


def states(*types: str, message: str = "") -> list[RunState]:
    """In their order; the message is of all."""
    return [RunState(each, BEGAN + timedelta(seconds=at), message) for at, each in enumerate(types)]


@pytest.mark.parametrize(
    ("run", "means"),
    [
        pytest.param(
            states("SCHEDULED", "PENDING", "RUNNING", "CANCELLING", "CANCELLED"),
            Cancellation.STOPS,
            id="at work",
        ),
        pytest.param(
            states("SCHEDULED", "PENDING", "RUNNING", "CANCELLING"), Cancellation.STOPS, id="still dying"
        ),
        pytest.param(
            states("SCHEDULED", "PENDING", "RUNNING", "CANCELLING", "CRASHED"),
            Cancellation.STOPS,
            id="killed after it was cancelled",
        ),
        pytest.param(states("SCHEDULED", "PENDING", "RUNNING", "CRASHED"), Cancellation.NONE, id="killed"),
        pytest.param(states("SCHEDULED", "CANCELLED"), Cancellation.STOPS, id="before it began"),
        pytest.param(
            states("SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLED"),
            Cancellation.UNANSWERED,
            id="while it waited for an answer",
        ),
        pytest.param(
            states("SCHEDULED", "RUNNING", "PAUSED", "SCHEDULED", "CANCELLED"),
            Cancellation.STOPS,
            id="after it was answered",
        ),
        pytest.param(
            states("SCHEDULED", "RUNNING", "PAUSED", "SCHEDULED", "RUNNING", "CANCELLING", "CANCELLED"),
            Cancellation.STOPS,
            id="at work after it was answered",
        ),
        pytest.param(states("CANCELLED"), Cancellation.STOPS, id="nobody knows what was before"),
        pytest.param(
            states("SCHEDULED", "CANCELLED", message="Deployment concurrency limit reached."),
            Cancellation.NONE,
            id="by a limit of Prefect",
        ),
        pytest.param(
            states("RUNNING", "CANCELLED", message="Runner is shutting down."),
            Cancellation.NONE,
            id="by a runner that ends",
        ),
    ],
)
def test_of_run(run: list[RunState], means: Cancellation) -> None:
    assert cancellation.of_run(run) is means
    assert cancellation.of_run(list(reversed(run))) is means, "in whatever order they come"

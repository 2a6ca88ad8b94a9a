"""What it means that a run was cancelled, by the states it has been in."""

from datetime import UTC, datetime, timedelta

import pytest

from headway.decide.release import cancellation, transitions
from headway.decide.release.cancellation import Cancellation, RunState
from headway.model.record import Attempt

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


BRINGS = "a" * 16
OTHER = "b" * 64
RUN = "the-run"


def tried(outcome: str, *, digest: str = f"sha256:{BRINGS}{'0' * 48}", run: str = RUN) -> Attempt:
    return Attempt(
        chart_digest=digest,
        values_digest="v",
        version="1.0.0",
        revision=1,
        started_at=BEGAN,
        outcome=outcome,
        run=run,
    )


@pytest.mark.parametrize(
    ("attempts", "is_done"),
    [
        pytest.param((), False, id="nothing was begun"),
        pytest.param((tried("passed"),), True, id="it has passed"),
        pytest.param((tried("started"),), False, id="it is at work"),
        pytest.param((tried("tests-failed"),), False, id="it failed"),
        pytest.param(
            (tried("passed", run="another"),), False, id="it had passed before, and is brought anew"
        ),
        pytest.param((tried("passed", digest=f"sha256:{OTHER}"),), False, id="another has passed"),
        pytest.param(
            (tried("started", digest=f"sha256:{OTHER}"), tried("passed")), False, id="it goes on with another"
        ),
        pytest.param(
            (tried("started", digest=f"sha256:{OTHER}", run="another"), tried("passed")),
            True,
            id="somebody else goes on",
        ),
    ],
)
def test_what_a_run_of_several_had_done_with(attempts: tuple[Attempt, ...], is_done: bool) -> None:
    record = transitions.begun("shop", "testing", "shop").model_copy(update={"attempts": attempts})
    assert cancellation.had_done_with(record, BRINGS, RUN) is is_done
    assert not cancellation.had_done_with(record, "", RUN), "nobody knows what it was about"

"""Which events of Prefect wake the worker, and what for."""

from uuid import UUID

import pytest

from headway.worker.wake_up import Cancel, Cancelled, Look, Suspend, heard

RUN = UUID(int=7)
RESOURCE = f"prefect.flow-run.{RUN}"


@pytest.mark.parametrize(
    ("event", "resource", "asks"),
    [
        ("prefect.flow-run.Scheduled", RESOURCE, Look(RUN)),
        ("prefect.flow-run.Resuming", RESOURCE, Look(RUN)),
        ("prefect.flow-run.AwaitingRetry", RESOURCE, Look(RUN)),
        ("prefect.flow-run.Late", RESOURCE, Look(RUN)),
        ("prefect.flow-run.Late", "prefect.flow-run.nobody", None),
        ("prefect.flow-run.Cancelling", RESOURCE, Cancel(RUN)),
        ("prefect.flow-run.Cancelling", "prefect.flow-run.nobody", None),
        ("prefect.flow-run.Cancelled", RESOURCE, Cancelled(RUN)),
        ("prefect.flow-run.Suspended", RESOURCE, Suspend(RUN)),
        ("prefect.flow-run.Suspended", "prefect.flow-run.nobody", None),
        ("prefect.flow-run.Running", RESOURCE, None),
        ("prefect.task-run.Scheduled", RESOURCE, None),
    ],
)
def test_what_an_event_asks_for(event: str, resource: str, asks: object) -> None:
    assert heard(event, resource) == asks

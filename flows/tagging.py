"""Tags of runs that came without them: a hint's, or one that somebody started in Prefect's UI."""

from typing import Any

from prefect import Flow, get_client
from prefect.client.schemas.objects import FlowRun, State

from headway.model import run_tags


def by_place(flow: Flow[Any, Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001
    """A hook of flows, for when they run: whoever filters by application and environment finds all. Where Prefect does not answer
    now, it logs that, and the run goes on."""
    if missing := set(run_tags.of(flow_run.parameters)) - set(flow_run.tags):
        with get_client(sync_client=True) as client:
            client.update_flow_run(flow_run.id, tags={*flow_run.tags, *missing})

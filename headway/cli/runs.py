"""Starts runs of Headway's deployments, and waits for them when told to."""

import time
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey
from prefect.client.schemas.objects import FlowRun, State

from headway.cli.prefect_api import prefect_server
from headway.decide.release import advice
from headway.formats.visible import visible
from headway.model.release_ref import ReleaseRef

_POLL_SECONDS = 1.0


def start(deployment: str, parameters: dict[str, Any], *, wait: bool) -> bool:
    """Starts a run of `<flow>/<deployment>`. With `wait`: True unless it failed, crashed or was cancelled."""
    with prefect_server() as client:
        found = client.read_deployment_by_name(deployment)
        run = client.create_flow_run_from_deployment(found.id, parameters=parameters)
        print(f"{deployment.partition('/')[0]}: {run_url(client, run)}")
        if not wait:
            return True
        run = ended_or_waiting(client, run.id)
        assert run.state
        if report := _report(client, run):
            print(visible(report))
        print(visible(sentence(run.name, run.state)))
        if run.state.is_paused():
            ref = ReleaseRef(run.parameters["application"], run.parameters["environment"], "")
            print(f"{advice.approve(ref)} answers it.")
        return run.state.is_completed() or run.state.is_paused()


def _report(client: SyncPrefectClient, run: FlowRun) -> str:
    """What a delivery did, and why: the artifact of its stages. Empty where it left none."""
    of_run = ArtifactFilter(
        flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]),
        key=ArtifactFilterKey(any_=[f"{run.parameters.get('application')}-delivery"]),
    )
    return "\n".join(str(each.data) for each in client.read_artifacts(artifact_filter=of_run))


def ended_or_waiting(client: SyncPrefectClient, run_id: UUID) -> FlowRun:
    """The run as soon as it has ended or is suspended."""
    while True:
        run = client.read_flow_run(run_id)
        if run.state and (run.state.is_final() or run.state.is_paused()):
            return run
        time.sleep(_POLL_SECONDS)


def sentence(name: str, state: State[Any]) -> str:
    return f"{name}: {state.name}" + (f" ({state.message})" if state.message else "")


def run_url(client: SyncPrefectClient, run: FlowRun) -> str:
    return f"{str(client.api_url).removesuffix('/').removesuffix('/api')}/runs/flow-run/{run.id}"

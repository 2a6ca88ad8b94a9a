"""Prefect's own test server, and runs of the `release` deployment executed in this process as a worker would."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import certifi
import pytest
import yaml
from prefect import flow_engine, get_client
from prefect.artifacts import Artifact
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.events.clients import AssertingEventsClient
from prefect.events.worker import EventsWorker
from prefect.exceptions import Abort, Pause
from prefect.flow_engine import load_flow_run, run_flow
from prefect.flows import load_flow_from_entrypoint
from prefect.settings import (
    PREFECT_API_SSL_CERT_FILE,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_LOGGING_TO_API_ENABLED,
    temporary_settings,
)
from prefect.testing.utilities import prefect_test_harness

from flows.release import release

SERVER_PATIENCE_SECONDS = 120
DEPLOYMENTS = Path(__file__).resolve().parents[3] / "deployments.yaml"


@contextmanager
def prefect_server(folder: Path) -> Iterator[None]:
    """An empty server that knows the deployments of deployments.yaml. No worker, and no schedules."""
    settings = {
        # The thread of a run's heartbeats is waited for, a second at the end of each run.
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
        PREFECT_LOGGING_TO_API_ENABLED: False,
        # Each client reads them: one certificate in place of all.
        PREFECT_API_SSL_CERT_FILE: str(_one_certificate(folder)),
    }
    with (
        _nothing_listens(),
        prefect_test_harness(server_startup_timeout=SERVER_PATIENCE_SECONDS),
        temporary_settings(updates=settings),
    ):
        with get_client(sync_client=True) as client:
            for each in yaml.safe_load(DEPLOYMENTS.read_text())["deployments"]:
                client.create_deployment(
                    client.create_flow(load_flow_from_entrypoint(each["entrypoint"])),
                    name=each["name"],
                    entrypoint=each["entrypoint"],
                    parameter_openapi_schema={"type": "object", "properties": {}},
                )
        yield


def _one_certificate(folder: Path) -> Path:
    file = folder / "one.pem"
    file.write_text(
        Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----")[0]
        + "-----END CERTIFICATE-----\n"
    )
    return file


@contextmanager
def _nothing_listens() -> Iterator[None]:
    """Without the web sockets to the server, which are never closed: events stay in memory, where tests read them, and no
    run listens for somebody who suspends it from outside.
    """

    async def as_it_is(*_: object) -> None:
        return

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EventsWorker, "attach_related_resources_from_context", as_it_is)
        patch.setattr(flow_engine, "observe_flow_run_suspension", lambda *_: nullcontext())
        EventsWorker.set_client_override(AssertingEventsClient)
        yield
        EventsWorker.set_client_override(None)


def events() -> list[tuple[str, dict[str, Any]]]:
    """Name and payload of the events that Headway has emitted since the last call."""
    EventsWorker.instance().wait_until_empty()
    found = [event for client in AssertingEventsClient.all for event in client.pop_events()]
    return [(event.event, event.payload) for event in found if event.event.startswith("headway.")]


def release_runs() -> list[FlowRun]:
    """Of the deployment, the oldest first; also those that have ended."""
    with get_client(sync_client=True) as client:
        found = client.read_flow_runs(limit=200)
    return sorted((run for run in found if run.deployment_id), key=lambda run: str(run.created))


def work() -> list[tuple[str, str]]:
    """Execute what is scheduled until nothing is: environment and state of each run, in order."""
    done: list[tuple[str, str]] = []
    while waiting := [run for run in release_runs() if run.state and run.state.type is StateType.SCHEDULED]:
        done += [(str(run.parameters["environment"]), _execute(run.id)) for run in waiting]
        assert len(done) < 20, f"it does not come to an end: {done}"
    return done


def _execute(run: UUID) -> str:
    with suppress(Abort, Pause):
        run_flow(release, flow_run=load_flow_run(run), return_type="state")
    return state(run).partition(":")[0]


def state(run: UUID) -> str:
    """Name and message."""
    with get_client(sync_client=True) as client:
        found = client.read_flow_run(run).state
    assert found
    return f"{found.name}: {found.message}"


def question(run: UUID) -> str:
    """The markdown of the Resume form."""
    with get_client(sync_client=True) as client:
        found = client.read_flow_run(run).state
        assert found
        keyset = found.state_details.run_input_keyset
        assert keyset
        return str(
            client.request(
                "GET", "/flow_runs/{id}/input/{key}", path_params={"id": run, "key": keyset["description"]}
            ).text
        )


def answer(run: UUID, *, approved: bool, comment: str = "") -> None:
    """A person fills in the Resume form."""
    with get_client(sync_client=True) as client:
        said = client.resume_flow_run(
            run, run_input={"approved": approved, "approver": "Ada", "comment": comment}
        )
    assert said.status.value == "ACCEPT", said


def forget_runs() -> None:
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(limit=200):
            client.delete_flow_run(run.id)


def artifact(key: str) -> str:
    """The newest artifact of that key."""
    with get_client(sync_client=True) as client:
        found: list[Any] = client.read_latest_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key]))
        )
    assert found, f"there is no artifact {key}"
    newest: Artifact = found[0]
    return str(newest.data)

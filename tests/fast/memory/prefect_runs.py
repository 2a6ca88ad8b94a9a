"""Runs of the `release` deployment, executed in this process as a worker would, and what they leave on the server."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from prefect import get_client
from prefect.artifacts import Artifact
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey, FlowFilter, FlowFilterName
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.events import Event
from prefect.events.clients import AssertingEventsClient
from prefect.events.worker import EventsWorker
from prefect.exceptions import Abort, Pause, PrefectHTTPStatusError
from prefect.flow_engine import load_flow_run, run_flow
from prefect.states import AwaitingRetry, Cancelling, Scheduled

from flows import run_values
from flows.release import release
from flows.release_many import release_many
from headway.model.run_parameters import MANY, environments


def events() -> list[tuple[str, dict[str, Any]]]:
    """Name and payload of the events that Headway has emitted since the last call."""
    return [(event.event, event.payload) for event in emitted()]


def emitted() -> list[Event]:
    """The same as Prefect has them: those with one id are one."""
    EventsWorker.instance().wait_until_empty()
    # One that is just being made has none yet.
    made = [client for client in AssertingEventsClient.all if hasattr(client, "events")]
    found = [event for client in made for event in client.pop_events()]
    return [event for event in found if event.event.startswith("headway.")]


def release_runs() -> list[FlowRun]:
    """Of the deployment, the oldest first; also those that have ended."""
    with get_client(sync_client=True) as client:
        found = client.read_flow_runs(limit=200)
    return sorted((run for run in found if run.deployment_id), key=lambda run: str(run.created))


def tags_of(flow: str) -> list[str]:
    """Of its newest run, of any state."""
    with get_client(sync_client=True) as client:
        newest, *_ = client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=[flow])),
            sort=FlowRunSort.START_TIME_DESC,
            limit=1,
        )
    return sorted(newest.tags)


def work() -> list[tuple[str, str]]:
    """Execute what is scheduled until nothing is: environment and state of each run, in order. Of one that releases several, all
    of them."""
    done: list[tuple[str, str]] = []
    while waiting := [run for run in release_runs() if run.state and run.state.type is StateType.SCHEDULED]:
        done += [(", ".join(environments(run.parameters)), _execute(run.id, _flow(run))) for run in waiting]
        assert len(done) < 20, f"it does not come to an end: {done}"
    return done


def _flow(run: FlowRun) -> Any:
    return release_many if MANY in run.parameters else release


def _execute(run: UUID, flow: Any = release) -> str:
    with suppress(Abort, Pause):
        run_flow(flow, flow_run=load_flow_run(run), return_type="state")
    return state(run).partition(":")[0]


def execute(flow: Any) -> None:
    """The one run that is scheduled, of any deployment."""
    (run,) = [run for run in release_runs() if run.state and run.state.type is StateType.SCHEDULED]
    _execute(run.id, flow)


def state(run: UUID) -> str:
    """Name and message."""
    with get_client(sync_client=True) as client:
        found = client.read_flow_run(run).state
    assert found
    return f"{found.name}: {found.message}"


def values(run: UUID, what: str) -> dict[str, Any]:
    """What it kept for programs."""
    with get_client(sync_client=True) as client:
        return run_values.read(client, run, what) or {}


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


def answer(run: UUID, *, approved: bool, comment: str = "", **more: str) -> None:
    """A person fills in the Resume form; `more` of its fields."""
    with get_client(sync_client=True) as client:
        said = client.resume_flow_run(
            run, run_input={"approved": approved, "approver": "Ada", "comment": comment, **more}
        )
    assert said.status.value == "ACCEPT", said


def resume_past_the_form(run: UUID, form: Mapping[str, object] | None) -> None:
    """By its state alone, as the UI changes it too: resumed with a form, the server would check what is in it."""
    with get_client(sync_client=True) as client:
        found = client.read_flow_run(run).state
        assert found
        keyset = found.state_details.run_input_keyset
        assert keyset
        if form is not None:
            client.create_flow_run_input(run, keyset["response"], json.dumps(form))
        client.set_flow_run_state(run, Scheduled(name="Resuming"))


def plan_key(run: UUID) -> str:
    """Of the plan that it asks about."""
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(run).state
    return state.state_details.pause_key or "" if state else ""


def start_by_hand(environment: str, application: str = "shop", **parameters: object) -> UUID:
    """As `headway release` and the UI do."""
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("release/release")
        wanted = {"application": application, "environment": environment, **parameters}
        return client.create_flow_run_from_deployment(deployment.id, parameters=wanted).id


def cancel(run: UUID) -> None:
    """As the UI does."""
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run, Cancelling())


def retry(run: UUID) -> None:
    """As the UI does with a run that has ended."""
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run, AwaitingRetry(), force=True)


def put(run: UUID, state: State[Any]) -> None:
    """Into a state, whatever it is in."""
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run, state, force=True)


def lose_form(run: UUID) -> None:
    """As a server that stalled would have it: the run is suspended, and its form was never stored."""
    with get_client(sync_client=True) as client:
        found = client.read_flow_run(run).state
        assert found
        for key in (found.state_details.run_input_keyset or {}).values():
            with suppress(PrefectHTTPStatusError):
                client.delete_flow_run_input(run, key)


def forget_runs() -> None:
    with get_client(sync_client=True) as client:
        while client.request("POST", "/flow_runs/bulk_delete", json={}).json()["deleted"]:
            pass


def artifact(key: str) -> str:
    """The newest artifact of that key."""
    with get_client(sync_client=True) as client:
        found: list[Any] = client.read_latest_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key]))
        )
    assert found, f"there is no artifact {key}"
    newest: Artifact = found[0]
    return str(newest.data)

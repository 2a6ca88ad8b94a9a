"""Starts runs of Headway's deployments, and follows them to their end when told to."""

import time
from collections.abc import Collection
from typing import Any
from uuid import UUID

import click
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import FlowRun, State

from headway.cli import plain, registered
from headway.cli.following import Follower
from headway.cli.prefect_api import prefect_server
from headway.cli.table import terminal_width
from headway.decide.release import advice
from headway.decide.review import run_messages
from headway.formats.visible import visible
from headway.model import run_names, run_tags
from headway.model.release_ref import ReleaseRef

_POLL_SECONDS = 1.0
_EVIDENCE, _PLAN = "-evidence", "-plan"
_REPORTS = ("-delivery", "-tests")


def start(deployment: str, parameters: dict[str, Any], *, wait: bool, dry_run: bool = False) -> bool:
    """Starts a run of `<flow>/<deployment>`. With `wait`: True unless it failed, crashed or was cancelled. A `dry_run` is
    waited for. BadInput where it could only fail for a name: then there is no run."""
    if dry_run:
        # Only then: deployments of before know no such parameter.
        parameters, wait = {**parameters, "dry_run": True}, True
    with prefect_server() as client:
        run = _created(client, deployment, parameters)
        print(f"{deployment.partition('/')[0]}: {run_url(client, run)}", flush=True)
        return to_its_end(client, run.id) if wait else True


def ended(client: SyncPrefectClient, deployment: str, parameters: dict[str, Any]) -> FlowRun:
    """A run of `<flow>/<deployment>` that has ended, or waits. What is said meanwhile goes to standard error: for programs."""
    run = _created(client, deployment, parameters)
    click.echo(f"{deployment.partition('/')[0]}: {run_url(client, run)}", err=True)
    return followed(client, run.id, err=True)


def _created(client: SyncPrefectClient, deployment: str, parameters: dict[str, Any]) -> FlowRun:
    registered.require(client, parameters)
    found = client.read_deployment_by_name(deployment)
    return client.create_flow_run_from_deployment(
        found.id,
        name=run_names.of(deployment, parameters),
        parameters=parameters,
        tags=run_tags.of(parameters),
    )


def went_well(run: FlowRun) -> bool:
    """It has not failed, crashed, or been cancelled."""
    assert run.state
    return run.state.is_completed() or run.state.is_paused()


def values_of(client: SyncPrefectClient, run: FlowRun) -> dict[str, Any]:
    """Of a run, for programs."""
    assert run.state
    return {
        "application": run.parameters.get("application"),
        "environment": run.parameters.get("environment"),
        "run": {
            "id": str(run.id),
            "url": run_url(client, run),
            "state": run.state.name,
            "message": run_messages.of_state(run.state.message),
        },
    }


def to_its_end(client: SyncPrefectClient, run_id: UUID) -> bool:
    """Prints what it says meanwhile, and then what `conclude` does."""
    follower = Follower(client, run_id)
    return conclude(client, _followed(client, follower), follower.errors)


def conclude(client: SyncPrefectClient, run: FlowRun, errors: Collection[str] = ()) -> bool:
    """Prints what it did and why: of a failure its evidence first. True unless it failed, crashed or was cancelled.

    `errors`: what stands above it already."""
    assert run.state
    for said in _told_by(client, run):
        print(f"\n{visible(said)}")
    print(visible(sentence(run.name, run.state, errors)))
    if run.state.is_paused():
        ref = ReleaseRef(run.parameters["application"], run.parameters["environment"], "")
        print(f"{advice.approve(ref)} answers it.")
    return went_well(run)


def _told_by(client: SyncPrefectClient, run: FlowRun) -> list[str]:
    """The paragraph of its evidence, where a release failed; what a delivery did; how the tests ended; the plan of a dry run."""
    of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
    left = {str(each.key): str(each.data) for each in client.read_artifacts(artifact_filter=of_run)}
    evidence = [_opening(text) for key, text in left.items() if key.endswith(_EVIDENCE)]
    reports = [
        plain.text(text, terminal_width()).rstrip() for key, text in left.items() if key.endswith(_REPORTS)
    ]
    plans = [text.rstrip() for key, text in left.items() if key.endswith(_PLAN)]
    return [*evidence, *reports, *(plans if run.parameters.get("dry_run") else [])]


def _opening(markdown: str) -> str:
    """Title and first paragraph."""
    return markdown.partition("\n### ")[0].partition("<details>")[0].rstrip()


def followed(client: SyncPrefectClient, run_id: UUID, *, err: bool = False) -> FlowRun:
    """The run as soon as it has ended or is suspended; what it says meanwhile is printed, with `err` on standard error."""
    return _followed(client, Follower(client, run_id), err=err)


def _followed(client: SyncPrefectClient, follower: Follower, *, err: bool = False) -> FlowRun:
    while True:
        run = client.read_flow_run(follower.run)
        for line in follower.news(dry_run=bool(run.parameters.get("dry_run"))):
            click.echo(visible(line), err=err)
        if run.state and (run.state.is_final() or run.state.is_paused()):
            return run
        time.sleep(_POLL_SECONDS)


def sentence(name: str, state: State[Any], said: Collection[str] = ()) -> str:
    """How it ended. `said`: errors that stand above it, of which it says none again."""
    message = run_messages.of_state(state.message)
    is_said = any(each and message.endswith(each) for each in said)
    return f"{name}: {state.name}" + (f" ({message})" if message and not is_said else "")


def run_url(client: SyncPrefectClient, run: FlowRun) -> str:
    return f"{str(client.api_url).removesuffix('/').removesuffix('/api')}/runs/flow-run/{run.id}"

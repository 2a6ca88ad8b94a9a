"""Answers a release that waits at its gate, as the Resume form of the Prefect UI does."""

import json
from collections.abc import Iterator
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort

from flows import flow_runs, run_inputs, run_values
from headway.cli import registered, runs
from headway.cli.output import Found, show_found
from headway.cli.prefect_api import prefect_server
from headway.decide.release import advice
from headway.decide.review.plan_markdown import is_cut, summary
from headway.errors import BadInput
from headway.formats.visible import visible
from headway.model.release_ref import ReleaseRef

_DEPLOYMENT = "release/release"


def show(application: str, environment: str) -> bool:
    """Prints the plan of the newest release that waits."""
    with prefect_server() as client:
        print(plan(client, waiting(client, application, environment)))
    return True


def answer(
    application: str,
    environment: str,
    *,
    approved: bool,
    approver: str,
    comment: str,
    version: str = "",
    whole: bool = False,
) -> bool:
    """Prints what its plan comes to, or the `whole` of it, and answers it. `version`: the one that is meant; empty: whichever is
    asked about.

    Raises BadInput when nothing waits, another version is asked about, or the server refuses.
    """
    with prefect_server() as client:
        run = waiting(client, application, environment)
        about = _asked_about(client, run)
        if version and about != version:
            raise BadInput(
                f"it asks about {about or 'a version that it does not name'}, not about {version}",
                where=run.name,
                next_step=f"Read its plan: headway approve {application} {environment} --show. A newer version is asked "
                "about once this one is answered.",
            )
        text = plan(client, run)
        print(text if whole else summary(text))
        said = {"approved": approved, "approver": approver, "comment": comment}
        result = client.resume_flow_run(run.id, run_input=said)
        if result.status.value != "ACCEPT":
            raise BadInput(
                f"the server did not resume it: {result.details}",
                where=run.name,
                next_step="Somebody may have answered it already: look again with --show.",
            )
        print(
            f"{run.name}: {about}{' ' if about else ''}{'approved' if approved else 'rejected'} by {approver}"
        )
    return True


def _asked_about(client: SyncPrefectClient, run: FlowRun) -> str:
    """The version; empty where a worker of before asks."""
    return str((run_values.read(client, run.id, "plan") or {}).get("after") or "")


def plan_now(application: str, environment: str, output: str = "table") -> bool:
    """Prints the plan of the newest release that waits; where none does, that of a dry run. `output`: table (its text), json or
    yaml."""
    place = {"application": application, "environment": environment}
    with prefect_server() as client:
        run = newest_waiting(client, application, environment)
        if output != "table":
            run = run or runs.ended(client, _DEPLOYMENT, {**place, "dry_run": True})
            show_found(Found([], plan_values(client, run)), output)
            return runs.went_well(run)
        if run:
            print(plan(client, run))
            print(f"It waits for an answer: {advice.approve(ReleaseRef(application, environment, ''))}")
            return True
    return runs.start(_DEPLOYMENT, place, wait=True, dry_run=True)


def plan_values(client: SyncPrefectClient, run: FlowRun) -> dict[str, Any]:
    """Of a run that waits, or of a dry one. `plan`: None where it would change nothing, or a worker of before made it.
    `text`: the whole; `cut`: it is not, since Prefect has nothing but the form any more."""
    waits = run.state is not None and run.state.is_paused()
    text = plan(client, run) if waits else _left_by(client, run)
    if waits and is_cut(text):
        text = _left_by(client, run) or text
    return {
        **runs.values_of(client, run),
        "waits": waits,
        "plan": run_values.read(client, run.id, "plan"),
        "text": text,
        "cut": is_cut(text),
    }


def _left_by(client: SyncPrefectClient, run: FlowRun) -> str:
    """The plan that it left; empty where it made none."""
    of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
    left = client.read_artifacts(artifact_filter=of_run)
    return next((visible(str(each.data)) for each in left if str(each.key).endswith("-plan")), "")


def waiting(client: SyncPrefectClient, application: str, environment: str) -> FlowRun:
    """The newest suspended release of the environment. Raises BadInput when there is none, or no such place."""
    run = newest_waiting(client, application, environment)
    if run is None:
        registered.require(client, {"application": application, "environment": environment})
        raise BadInput(
            "no release waits for approval",
            where=f"{application} in {environment}",
            next_step=f"Start one: headway release {application} {environment}; headway explain {application} {environment} "
            "says whether a freeze or a hold would keep it.",
        )
    return run


def newest_waiting(client: SyncPrefectClient, application: str, environment: str) -> FlowRun | None:
    """The newest suspended release of the environment; None where there is none."""
    wanted = {"application": application, "environment": environment}
    return next((run for run in every_waiting(client) if wanted.items() <= run.parameters.items()), None)


def every_waiting(client: SyncPrefectClient) -> Iterator[FlowRun]:
    """Suspended releases of all applications, the newest first."""
    suspended = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED])),
    )
    deployment = client.read_deployment_by_name(_DEPLOYMENT)
    for run in flow_runs.every(client, flow_run_filter=suspended, sort=FlowRunSort.START_TIME_DESC):
        if run.deployment_id == deployment.id:
            yield run


def plan(client: SyncPrefectClient, run: FlowRun) -> str:
    """The markdown that the Resume form shows. Raises BadInput where Prefect has lost the form."""
    keys = (run.state and run.state.state_details.run_input_keyset) or {}
    found = run_inputs.read(client, run.id, keys["description"]) if "description" in keys else None
    if found is None:
        raise BadInput(
            "Prefect has lost its form: nobody can answer it",
            where=f"run {run.name!r}",
            next_step="The next look ends it and asks anew: "
            f"headway deliver {run.parameters.get('application', 'APPLICATION')}.",
        )
    return visible(str(json.loads(found)))

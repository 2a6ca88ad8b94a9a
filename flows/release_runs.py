"""The release runs of one environment, as Prefect has them: found by their parameters, marked by tags."""

from typing import Any
from uuid import UUID

from prefect import get_client, runtime
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateName,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Cancelled

from headway.decide.release.starting import ReleaseRun
from headway.workspace.release_context import ReleaseContext, Seen

DEPLOYMENT = "release/release"
UNENDED = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.PAUSED]
REJECTED = "Rejected"
_PACKAGE = "package:"
_SHOWN = "shown:"


def tags(context: ReleaseContext, seen: Seen) -> list[str]:
    """What people filter runs by in Prefect's UI, and what a run is about."""
    return [
        f"application:{context.ref.application}",
        f"environment:{context.environment_name}",
        f"{_PACKAGE}{package(seen)}",
    ]


def package(seen: Seen) -> str:
    """The start of the desired package's digest; "none" where nothing is desired."""
    desired = seen.observation.desired
    return desired.digest.removeprefix("sha256:")[:16] if desired else "none"


def mark_this_run(context: ReleaseContext, seen: Seen) -> None:
    """Tag the run that asks with what it asks about: who started it may not have known, or the world has changed."""
    if runtime.flow_run.id:
        others = [tag for tag in runtime.flow_run.tags if not tag.startswith((_PACKAGE, _SHOWN))]
        with get_client(sync_client=True) as client:
            client.update_flow_run(
                UUID(runtime.flow_run.id), tags={*others, *tags(context, seen), f"{_SHOWN}{package(seen)}"}
            )


def shown_package() -> str:
    """The package whose plan this run has shown, as the start of its digest; empty where it has asked nobody yet."""
    about = [tag.removeprefix(_SHOWN) for tag in runtime.flow_run.tags or () if tag.startswith(_SHOWN)]
    return f"sha256:{about[0]}" if about else ""


def unended_or_rejected(context: ReleaseContext) -> list[ReleaseRun]:
    """Also those that a person started in the UI or on the command line."""
    wanted = {"application": context.ref.application, "environment": context.environment_name}
    of_state = (
        FlowRunFilterState(type=FlowRunFilterStateType(any_=UNENDED)),
        FlowRunFilterState(name=FlowRunFilterStateName(any_=[REJECTED])),
    )
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(DEPLOYMENT)
        found = [
            run
            for state in of_state
            for run in client.read_flow_runs(
                flow_run_filter=FlowRunFilter(
                    deployment_id=FlowRunFilterDeploymentId(any_=[deployment.id]), state=state
                ),
                sort=FlowRunSort.START_TIME_DESC,
            )
        ]
    return [_run(run) for run in found if wanted.items() <= run.parameters.items()]


def supersede(runs: tuple[ReleaseRun, ...], seen: Seen) -> None:
    desired = seen.observation.desired
    message = f"{desired.version} is wanted by now." if desired else "Nothing is to be released any more."
    with get_client(sync_client=True) as client:
        for run in runs:
            state: State[Any] = Cancelled(name="Superseded", message=message)
            client.set_flow_run_state(UUID(run.id), state, force=True)


def _run(run: FlowRun) -> ReleaseRun:
    assert run.state
    about = [tag.removeprefix(_PACKAGE) for tag in run.tags if tag.startswith(_PACKAGE)]
    return ReleaseRun(
        id=str(run.id),
        name=run.name,
        state="REJECTED" if run.state.name == REJECTED else run.state.type.value,  # type: ignore[arg-type]
        since=run.state.timestamp,
        package=about[0] if about else "",
    )

"""What Prefect keeps of a release's runs: their logs, and the evidence of failures."""

from collections.abc import Iterator
from itertools import islice
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterKey,
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import ArtifactSort, FlowRunSort
from prefect.exceptions import ObjectNotFound

from flows import flow_runs
from flows.flow_runs import HANDED_OVER
from headway.cli import plain, runs
from headway.cli.following import is_new, is_ours, logs, mark
from headway.cli.prefect_api import prefect_server
from headway.cli.table import terminal_width
from headway.errors import BadInput
from headway.formats import about_environment
from headway.formats.counted import counted
from headway.formats.visible import visible
from headway.model import run_parameters

_FLOWS = ("release", "release-many", "roll-back", "freeze", "lift", "run-tests")
_AT_WORK = FlowRunFilter(
    state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.CANCELLING]))
)
_RUNS_LOOKED_THROUGH = 2000
_ARTIFACTS_LOOKED_THROUGH = 100


def show_log(application: str, environment: str, *, run: UUID | None, lines: int, follow: bool) -> bool:
    """Prints the log of a run, of the newest one of that release where none is named. Raises BadInput where there is none."""
    with prefect_server() as client:
        found = _run(client, run) if run else newest(client, application, environment)
        if follow and found.state and not found.state.is_final():
            return runs.to_its_end(client, found.id)
        errors: set[str] = set()
        ours = [each for each in logs(client, found.id) if is_ours(each)]
        if run_parameters.MANY in found.parameters:
            # What one that releases many says of the others is theirs.
            ours = [each for each in ours if about_environment.said_of(environment, each.message)]
        said = [each for each in ours if is_new(each, errors)]
        if len(said) > lines:
            print(f"... {counted(len(said) - lines, 'line')} before these: {runs.run_url(client, found)}")
        for each in said[-lines:]:
            print(visible(f"{each.timestamp:%H:%M:%S}  {mark(each)}{each.message}"))
        assert found.state
        print(visible(runs.sentence(found.name, found.state, errors)))
    return True


def _run(client: SyncPrefectClient, run: UUID) -> FlowRun:
    try:
        return client.read_flow_run(run)
    except ObjectNotFound as error:
        raise BadInput(
            "Prefect knows no such run",
            where=f"--run {run}",
            next_step="Leave it out for the newest one; the Prefect UI lists those that are kept.",
        ) from error


def newest(client: SyncPrefectClient, application: str, environment: str) -> FlowRun:
    """The run that is at work; else the newest that left the work to no other. Raises BadInput where none is known."""

    def is_of_it(run: FlowRun) -> bool:
        return run_parameters.is_about(run.parameters, application, environment)

    at_work = filter(is_of_it, _of_releases(client, _AT_WORK))
    if found := next(at_work, None):
        return found
    all_of_them = islice(_of_releases(client), _RUNS_LOOKED_THROUGH)
    newest_first = filter(is_of_it, all_of_them)
    if found := next(newest_first, None):
        its_own = (run for run in (found, *newest_first) if run.state and run.state.name != HANDED_OVER)
        return next(its_own, found)
    raise BadInput(
        "Prefect knows no run of it",
        where=f"{application} in {environment}",
        next_step=f"headway doctor {application} says what it lacks; headway history {application} {environment} shows what was "
        "released.",
    )


def _of_releases(client: SyncPrefectClient, states: FlowRunFilter | None = None) -> Iterator[FlowRun]:
    deployed = DeploymentFilter(name=DeploymentFilterName(any_=list(_FLOWS)))
    return flow_runs.every(
        client, flow_run_filter=states, deployment_filter=deployed, sort=FlowRunSort.START_TIME_DESC
    )


def show_evidence(application: str, environment: str, revision: int | None, *, whole: bool) -> bool:
    """Prints what was kept of the last failure, or of that revision's. Raises BadInput where nothing was."""
    key = f"{application}-{environment}-evidence"
    with prefect_server() as client:
        kept = client.read_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])),
            sort=ArtifactSort.CREATED_DESC,
            limit=_ARTIFACTS_LOOKED_THROUGH,
        )
    # The key alone is also that of another release: a-b in c, and a in b-c.
    ours = [each for each in kept if (each.description or "").endswith(f" failed in {environment}")]
    said = f"(revision {revision})"
    found = next((each for each in ours if revision is None or said in (each.description or "")), None)
    if found is None:
        raise BadInput(
            "no evidence is kept of it",
            where=f"{application} in {environment}" + (f", revision {revision}" if revision else ""),
            next_step="Evidence is kept of releases that failed in the cluster: why one was refused before, "
            f"says headway explain {application} {environment}. Prefect may have forgotten older ones.",
        )
    said = plain.text(str(found.data), terminal_width(), unfold=whole, unfolded_by="--whole")
    print(visible(said).rstrip())
    return True

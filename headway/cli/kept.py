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
)
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import ArtifactSort, FlowRunSort
from prefect.exceptions import ObjectNotFound

from flows import flow_runs
from headway.cli import plain, runs
from headway.cli.following import is_new, is_ours, logs, mark
from headway.cli.prefect_api import prefect_server
from headway.cli.table import terminal_width
from headway.errors import BadInput
from headway.formats.counted import counted
from headway.formats.visible import visible

_FLOWS = ("release", "roll-back", "freeze", "lift", "run-tests")
_RUNS_LOOKED_THROUGH = 2000
_ARTIFACTS_LOOKED_THROUGH = 100


def show_log(application: str, environment: str, *, run: UUID | None, lines: int, follow: bool) -> bool:
    """Prints the log of a run, of the newest one of that release where none is named. Raises BadInput where there is none."""
    with prefect_server() as client:
        found = _run(client, run) if run else newest(client, application, environment)
        if follow and found.state and not found.state.is_final():
            return runs.to_its_end(client, found.id)
        errors: set[str] = set()
        said = [each for each in logs(client, found.id) if is_ours(each) and is_new(each, errors)]
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
    """Raises BadInput where no run of that release is known."""
    wanted = {"application": application, "environment": environment}
    for run in islice(_of_releases(client), _RUNS_LOOKED_THROUGH):
        if wanted.items() <= run.parameters.items():
            return run
    raise BadInput(
        "Prefect knows no run of it",
        where=f"{application} in {environment}",
        next_step=f"headway history {application} {environment} shows what was released.",
    )


def _of_releases(client: SyncPrefectClient) -> Iterator[FlowRun]:
    deployed = DeploymentFilter(name=DeploymentFilterName(any_=list(_FLOWS)))
    return flow_runs.every(client, deployment_filter=deployed, sort=FlowRunSort.START_TIME_DESC)


def show_evidence(application: str, environment: str, revision: int | None, *, whole: bool) -> bool:
    """Prints what was kept of the last failure, or of that revision's. Raises BadInput where nothing was."""
    key = f"{application}-{environment}-evidence"
    with prefect_server() as client:
        kept = client.read_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])),
            sort=ArtifactSort.CREATED_DESC,
            limit=_ARTIFACTS_LOOKED_THROUGH,
        )
    said = f"(revision {revision})"
    found = next((each for each in kept if revision is None or said in (each.description or "")), None)
    if found is None:
        raise BadInput(
            "no evidence is kept of it",
            where=f"{application} in {environment}" + (f", revision {revision}" if revision else ""),
            next_step="Evidence is kept of releases that failed; Prefect may have forgotten older ones.",
        )
    said = plain.text(str(found.data), terminal_width(), unfold=whole, unfolded_by="--whole")
    print(visible(said).rstrip())
    return True

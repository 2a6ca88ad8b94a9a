"""Runs as the release view starts and answers them: those of the command line, with the name of whoever signed in."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import islice
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterKey,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterId,
)
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import ArtifactSort, FlowRunSort
from prefect.settings import PREFECT_API_URL

from headway.cli import approvals, following, look_times, registered
from headway.cli.prefect_api import prefect_server
from headway.cli.runs import run_url
from headway.decide.review import run_messages
from headway.decide.review.look_times import LookTimes
from headway.errors import BadInput
from headway.model import run_names, run_parameters, run_tags
from headway.view.runs import Report, RunLine, Started, Waiting

_OF_AN_APPLICATION = (
    "deliver/deliver",
    "release/release",
    "release-many/release-many",
    "roll-back/roll-back",
    "freeze/freeze",
    "lift/lift",
    "run-tests/run-tests",
)
_LOOKED_THROUGH = 200
"""Runs of these deployments, among which those of one application are found: Prefect does not filter by parameters."""


WITHIN_SECONDS = 15.0
"""Somebody waits for a page."""
_REPORTS, _REPORTS_SHOWN = ("evidence", "tests"), 20
_LOG_READ = 600
"""Lines of one run."""
_DELIVERIES, _DELIVERIES_READ = ("delivery", "supply"), 100


class PrefectRuns:
    """headway.view.runs.Runs, on the server of the active profile or PREFECT_API_URL."""

    def url(self, run: str) -> str:
        return f"{str(PREFECT_API_URL.value()).removesuffix('/').removesuffix('/api')}/runs/flow-run/{run}"

    def start(self, deployment: str, parameters: Mapping[str, object], *, once: str) -> Started:
        with prefect_server(within=WITHIN_SECONDS) as client:
            found = client.read_deployment_by_name(deployment)
            run = client.create_flow_run_from_deployment(
                found.id,
                name=run_names.of(deployment, parameters),
                parameters=dict(parameters),
                tags=run_tags.of(parameters),
                idempotency_key=f"headway view {once}",
            )
            return Started(run.name, run_url(client, run))

    def waiting(self, application: str, environment: str) -> Waiting | None:
        with prefect_server(within=WITHIN_SECONDS) as client:
            run = approvals.newest_waiting(client, application, environment)
            if run is None or run.state is None:
                return None
            key = run.state.state_details.pause_key or ""
            return Waiting(str(run.id), run.name, run_url(client, run), key, approvals.plan(client, run))

    def unanswered(self) -> Sequence[RunLine]:
        with prefect_server(within=WITHIN_SECONDS) as client:
            return [_line(client, each, "release/release") for each in approvals.every_waiting(client)]

    def applications(self) -> Collection[str]:
        with prefect_server(within=WITHIN_SECONDS) as client:
            return registered.applications(client)

    def answer(self, waiting: Waiting, said: Mapping[str, object]) -> None:
        with prefect_server(within=WITHIN_SECONDS) as client:
            result = client.resume_flow_run(_id(waiting), run_input=dict(said))
            if result.status.value != "ACCEPT":
                raise BadInput(
                    f"the server did not resume it: {result.details}",
                    where=waiting.name,
                    next_step="It may be answered already: look again.",
                )

    def recent(self, application: str, limit: int) -> Sequence[RunLine]:
        with prefect_server(within=WITHIN_SECONDS) as client:
            flows = {client.read_deployment_by_name(each).id: each for each in _OF_AN_APPLICATION}
            runs = client.read_flow_runs(
                flow_run_filter=FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=list(flows))),
                sort=FlowRunSort.EXPECTED_START_TIME_DESC,
                limit=_LOOKED_THROUGH,
            )
            ours = [each for each in runs if each.parameters.get("application") == application]
            return [
                _line(client, each, flows[each.deployment_id]) for each in ours[:limit] if each.deployment_id
            ]

    def look_times(self, application: str) -> LookTimes:
        return look_times.read(application)

    def rollout(self, run: str) -> Sequence[tuple[datetime, str]]:
        with prefect_server(within=WITHIN_SECONDS) as client:
            lines = islice(following.logs(client, UUID(run)), _LOG_READ)
            return [(each.timestamp, each.message) for each in lines]

    def plan(self, application: str, environment: str, title: str) -> Report | None:
        kept = self._kept(application, environment, ("plan",))
        return next((each for each in kept if each.title == title), None)

    def deliveries(self, application: str) -> Sequence[Report]:
        keys = [f"{application}-{each}" for each in _DELIVERIES]
        with prefect_server(within=WITHIN_SECONDS) as client:
            kept = client.read_artifacts(
                artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=keys)),
                sort=ArtifactSort.CREATED_DESC,
                limit=_DELIVERIES_READ,
            )
        return [
            Report(str(each.key), each.created, str(each.data), self.url(str(each.flow_run_id)))
            for each in kept
        ]

    def reports(self, application: str, environment: str) -> Sequence[Report]:
        return self._kept(application, environment, _REPORTS)

    def _kept(self, application: str, environment: str, what: Sequence[str]) -> Sequence[Report]:
        """The newest first, and not all."""
        keys = [f"{application}-{environment}-{each}" for each in what]
        with prefect_server(within=WITHIN_SECONDS) as client:
            kept = client.read_artifacts(
                artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=keys)),
                sort=ArtifactSort.CREATED_DESC,
                limit=_REPORTS_SHOWN,
            )
            # A key alone may be that of another release: a-b in c, and a in b-c.
            ids = list({each.flow_run_id for each in kept if each.flow_run_id})
            runs = (
                client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=ids)))
                if ids
                else []
            )
            ours = {
                run.id for run in runs if run_parameters.is_about(run.parameters, application, environment)
            }
            return [
                Report(
                    each.description or str(each.key),
                    each.created,
                    str(each.data),
                    self.url(str(each.flow_run_id)),
                )
                for each in kept
                if each.flow_run_id in ours
            ]


def _id(waiting: Waiting) -> UUID:
    return UUID(waiting.id)


def _line(client: SyncPrefectClient, run: FlowRun, deployment: str) -> RunLine:
    state = run.state
    return RunLine(
        flow=deployment.partition("/")[0],
        name=run.name,
        application=str(run.parameters.get("application") or ""),
        environment=str(run.parameters.get("environment") or ""),
        state=(state.name if state else "") or "",
        kind=state.type.value if state else "",
        message=run_messages.of_state(state.message if state else None),
        began=run.start_time or run.expected_start_time,
        seconds=run.total_run_time.total_seconds() if state and state.is_final() else None,
        url=run_url(client, run),
        is_dry_run=bool(run.parameters.get("dry_run")),
        several=run_parameters.environments(run.parameters) if run_parameters.MANY in run.parameters else (),
    )

"""Promote a chart: the very package that is good upstream, digest checked, into the next repository."""

from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.clients.chart_repository import Published
from headway.decide.supply import promotion
from headway.errors import HeadwayError
from headway.formats import chart_package
from headway.model.report import StageResult
from headway.workspace.workspace import Workspace

STAGE = "promote"


@task(cache_policy=NO_CACHE, task_run_name="Promote to {environment}")
def promote_chart(workspace: Workspace, environment: str) -> StageResult:
    """Copy the package that is due, or say why none is. A failure is a line, so that other environments go on."""
    declared = workspace.environment(environment)
    assert declared.after
    try:
        repository = workspace.charts(environment)
        due = promotion.due(
            declared,
            upstream=workspace.record(declared.after),
            offered=workspace.charts(declared.after).entries(workspace.chart_name),
            here=workspace.record(environment),
            present=repository.entries(workspace.chart_name),
            now=datetime.now(UTC),
            rejected_upstream=workspace.rejected_upstream(environment),
        )
        if due.entry is None:
            return StageResult(STAGE, environment, "nothing to promote", due.why)
        data = workspace.package(declared.after, due.entry)
        done = repository.publish(chart_package.read_package(data, due.entry.url), created=datetime.now(UTC))
    except HeadwayError as error:
        return StageResult.of_error(STAGE, environment, "could not be promoted", error)
    return StageResult(
        STAGE, environment, f"promoted {due.entry.version}", due.why, changed=isinstance(done, Published)
    )

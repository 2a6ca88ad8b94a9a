"""Publish a service's chart, as soon as an image holds the code that it needs."""

from datetime import UTC, datetime
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.decide.supply import service_readiness
from headway.decide.supply.service_readiness import AwaitingImage
from headway.errors import HeadwayError
from headway.formats import quarantine
from headway.model.report import StageResult
from headway.workspace.service_look import ServiceLook, look
from headway.workspace.vendoring import vendored
from headway.workspace.workspace import Workspace
from tasks.publish_chart import STAGE, Source, publish
from tasks.validate_chart import validate_service_chart

CHARTS_CONSIDERED = 10
"""Newest commits of the chart that are looked at for one that is ready."""


@task(cache_policy=NO_CACHE, task_run_name="Publish the chart of {name}")
def publish_service_chart(workspace: Workspace, name: str, run: str) -> StageResult:
    """Publish the newest ready chart. A failure is a line, so that other services go on."""
    try:
        return _publish(workspace, name, run)
    except HeadwayError as error:
        return StageResult.of_error(STAGE, name, "not published", error)


def _publish(workspace: Workspace, name: str, run: str) -> StageResult:
    seen = look(workspace, name, workspace.files())
    waiting: AwaitingImage | None = None
    for commit in [each for each in seen.history.commits if each in seen.history.chart][:CHARTS_CONSIDERED]:
        ready = service_readiness.readiness(
            seen.history,
            commit,
            [image.commit for image in seen.images],
            committed_at=datetime.fromtimestamp(seen.commit(commit).time, UTC),
            now=datetime.now(UTC),
        )
        if isinstance(ready, AwaitingImage):
            waiting = waiting or ready
            continue
        line = _publish_commit(workspace, seen, commit, run, is_newest=waiting is None)
        return line if waiting is None else _with_waiting(line, waiting)
    if waiting:
        return StageResult(STAGE, name, "AwaitingImage", _waiting(waiting), failed=waiting.overdue)
    return StageResult(
        STAGE, name, "nothing to publish", f"no commit of the branch holds {workspace.service(name).chart}"
    )


def _publish_commit(
    workspace: Workspace, seen: ServiceLook, commit: str, run: str, *, is_newest: bool
) -> StageResult:
    service = workspace.service(seen.name)
    git = workspace.service_git(seen.name)
    source = Source(
        git=git,
        folder=service.chart,
        commit=commit,
        head=seen.head if is_newest else None,
        version_policy=service.version,
        quarantined_versions=quarantine.quarantined_versions(workspace.quarantine, seen.chart_name),
    )

    def validate(folder: Path) -> list[str]:
        return validate_service_chart(workspace, seen.name, folder)

    return publish(
        source,
        workspace.charts(workspace.application.first_environment),
        workspace.helm,
        run=run,
        vendored=lambda folder: vendored(workspace, folder, f"{git.url} {service.chart}"),
        validate=validate,
    ).line


def _with_waiting(line: StageResult, waiting: AwaitingImage) -> StageResult:
    why = "; ".join(part for part in (line.why, f"a newer one is AwaitingImage: {_waiting(waiting)}") if part)
    return StageResult(
        line.stage,
        line.subject,
        line.outcome,
        why,
        changed=line.changed,
        failed=line.failed or waiting.overdue,
    )


def _waiting(waiting: AwaitingImage) -> str:
    return f"{waiting.why}; deadline {waiting.deadline:%Y-%m-%dT%H:%M:%SZ}{', which has passed' if waiting.overdue else ''}"

"""Publish a service's chart, as soon as an image holds the code that it needs."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from headway.decide.review.report_markdown import AS_IT_WAS
from headway.decide.supply import chart_tags, publication, service_readiness
from headway.decide.supply.service_readiness import AwaitingImage
from headway.model.moment import of_seconds
from headway.model.report import StageResult
from headway.workspace.chart_source import ChartSource
from headway.workspace.service_look import ServiceLook
from headway.workspace.vendoring import vendored
from headway.workspace.workspace import Workspace
from tasks.publish_chart import STAGE, PublishContext, already, publish
from tasks.validate_chart import Validated, validate_service_chart
from tasks.write_chart_tags import write_chart_tags
from tasks.writing import writing_task

CHARTS_CONSIDERED = 10
"""Newest commits of the chart that are looked at for one that is ready."""


def publish_service_chart(workspace: Workspace, name: str) -> StageResult:
    """Publish the newest ready chart, in a task where it is not there yet.

    Raises Conflict when somebody pushed meanwhile, BadInput, Unreachable."""
    seen = workspace.services.look(name, workspace.source)
    if seen.tags_in_chart and (written := write_chart_tags(workspace, seen)):
        if not written.committed:
            return written.line
        line = _published(workspace, name)
        return replace(line, why="; ".join(filter(None, (written.line.why, line.why))), changed=True)
    return _published(workspace, name)


def _published(workspace: Workspace, name: str) -> StageResult:
    seen = workspace.services.look(name, workspace.source)
    commit, waiting = _newest_ready(workspace, seen)
    if commit:
        line = _publish(workspace, seen, commit, is_newest=waiting is None)
        return line if waiting is None else _with_waiting(name, line, waiting)
    if waiting:
        return StageResult(STAGE, name, "AwaitingImage", _waiting(waiting), failed=waiting.overdue)
    folder = workspace.source.service(name).chart
    return StageResult(STAGE, name, "nothing to publish", f"no commit of the branch holds {folder}")


def _newest_ready(workspace: Workspace, seen: ServiceLook) -> tuple[str | None, AwaitingImage | None]:
    """The newest commit whose chart may be published, and what the newest one above it waits for."""
    waiting = None
    for commit in seen.branch.history.chart_commits[:CHARTS_CONSIDERED]:
        missing = _missing(workspace, seen, commit)
        if missing is None:
            return commit, waiting
        waiting = waiting or missing
    return None, waiting


def _missing(workspace: Workspace, seen: ServiceLook, commit: str) -> AwaitingImage | None:
    """What the chart at that commit waits for; None where it may be published."""
    now, since = datetime.now(UTC), of_seconds(seen.branch.commits[commit].time)
    if seen.tags_in_chart:
        why = _without_its_code(workspace, seen, commit)
        deadline = since + service_readiness.PATIENCE
        return AwaitingImage(since, deadline, why, overdue=now > deadline) if why else None
    answers = {
        key: service_readiness.readiness(
            seen.branch.history,
            commit,
            [build.commit for build in choice.builds],
            committed_at=since,
            now=now,
        )
        for key, choice in seen.images.items()
    }
    stays = {key: choice.why for key, choice in seen.images.items() if choice.build is None}
    return service_readiness.missing(answers, stays)


def _without_its_code(workspace: Workspace, seen: ServiceLook, commit: str) -> str:
    """Why the chart at that commit, which names its images itself, is not ready; empty where it is."""
    service = workspace.source.service(seen.name)
    tags = {
        image.key: seen.branch.tag_in_chart(image, commit, service.chart)
        for image in service.declared(seen.name)
    }
    return chart_tags.holds_its_code(seen.branch.history, commit, tags, seen.images, seen.branch.own)


def _publish(workspace: Workspace, seen: ServiceLook, commit: str, *, is_newest: bool) -> StageResult:
    if entry := publication.of_commit(seen.offered, commit):
        return already(entry.name, entry.version)
    return publish_new_service_chart(workspace, seen, commit, is_newest=is_newest)


@writing_task("Publish the chart of {seen.name}")
def publish_new_service_chart(
    workspace: Workspace, seen: ServiceLook, commit: str, *, is_newest: bool
) -> StageResult:
    service, git = workspace.source.service(seen.name), seen.branch.git
    source = ChartSource(
        git=git,
        folder=service.chart,
        commit=commit,
        head=seen.branch.head if is_newest else None,
        version_policy=service.version,
        quarantined_versions=seen.quarantined_charts,
    )

    def validate(folder: Path) -> Validated:
        return validate_service_chart(workspace, seen.name, folder)

    context = PublishContext(
        workspace.chart_repository(workspace.application.first_environment),
        workspace.helm,
        workspace.git_writer,
        vendored=lambda folder: vendored(workspace, folder, f"{git.url} {service.chart}"),
        validate=validate,
        kept=workspace.kept_packages,
    )
    done = publish(source, context)
    if done.commit:
        workspace.services.committed(seen.name, done.commit)
    if done.line.changed:
        workspace.services.published(seen.name)
    return done.line


def _with_waiting(service: str, line: StageResult, waiting: AwaitingImage) -> StageResult:
    """Of a line that would be folded away as nothing new, what waits is the outcome."""
    if line.outcome in AS_IT_WAS:
        why = f"{_waiting(waiting)}; published is {line.subject}"
        return StageResult(STAGE, service, "AwaitingImage", why, failed=waiting.overdue)
    why = "; ".join(part for part in (line.why, f"a newer one is AwaitingImage: {_waiting(waiting)}") if part)
    return replace(line, why=why, failed=line.failed or waiting.overdue)


def _waiting(waiting: AwaitingImage) -> str:
    return f"{waiting.why}; deadline {waiting.deadline:%Y-%m-%dT%H:%M:%SZ}{', which has passed' if waiting.overdue else ''}"

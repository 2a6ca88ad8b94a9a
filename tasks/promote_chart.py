"""Promote a chart: the very package that is good upstream, digest checked, into the next repository."""

from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.clients.chart_repository import Published
from headway.decide.supply import image_digests, promotion
from headway.formats import chart_package, image_record
from headway.model.report import StageResult
from headway.workspace.workspace import Workspace

STAGE = "promote"


@task(cache_policy=NO_CACHE, task_run_name="Promote from {upstream} to {environment}")
def promote_chart(workspace: Workspace, upstream: str, environment: str) -> StageResult:
    """Copy the package that is due, or say why none is. One whose images are not what was tested any more waits.

    Raises Unreachable, Refused, Conflict.
    """
    source, target = workspace.chart_repository(upstream), workspace.chart_repository(environment)
    due = promotion.due(
        workspace.environment(environment),
        upstream=workspace.upstream_records(environment),
        offered=source.entries(workspace.chart_name),
        here=workspace.record(environment),
        present=target.entries(workspace.chart_name),
        now=datetime.now(UTC),
        policy=workspace.policy_file,
    )
    if due.entry is None:
        return StageResult(STAGE, environment, "nothing to promote", due.why)
    package = chart_package.read_package(workspace.package(upstream, due.entry), due.entry.url)
    images = [each for each in image_record.read(package.metadata) if each.used_in(environment)]
    answers = workspace.image_digests(each.reference for each in images)
    if refusal := image_digests.refusal(image_digests.compare(images, answers)):
        outcome, why = f"{due.entry.version} waits", f"{refusal}. {image_digests.NEXT_STEP}"
        return StageResult(STAGE, environment, outcome, why, failed=True)
    done = target.publish(package, created=datetime.now(UTC))
    return StageResult(
        STAGE, environment, f"promoted {due.entry.version}", due.why, changed=isinstance(done, Published)
    )

"""Promote a chart: the very package that is good upstream, digest checked, into the next repository."""

from datetime import UTC, datetime

from headway.clients.chart_repository import Published, one_look
from headway.decide.release import advice, rejected_inputs
from headway.decide.supply import feeding, image_digests, promotion
from headway.decide.supply.promotion import Observed, Promotion
from headway.errors import Refused
from headway.formats import chart_package, image_record
from headway.model.charts import ChartEntry, Package
from headway.model.report import StageName, StageResult
from headway.workspace import own_view, release_content
from headway.workspace.dry_run import DryRunWorkspace
from headway.workspace.workspace import Workspace
from tasks.writing import writing_task

STAGE = StageName.PROMOTE


@one_look()
def promote_chart(workspace: Workspace, upstream: str, environment: str) -> StageResult:
    """Copy the package that is due, in a task, or say why none is. One whose images are not what was tested any more waits.

    Raises Unreachable, Refused, Conflict.
    """
    due = promotion.due(workspace.environment(environment), _observed(workspace, upstream, environment))
    if due.entry is None:
        outcome = "not promoted" if due.is_kept_back else "nothing to promote"
        return StageResult(STAGE, environment, outcome, due.why)
    if against := _package_against(workspace, upstream, environment, due.entry):
        return StageResult(
            STAGE, environment, "not promoted", f"{due.entry.version} is not promoted: {against}"
        )
    return copy_package(workspace, upstream, environment, due.entry, due.why)


@writing_task("Promote from {upstream} to {environment}")
def copy_package(
    workspace: Workspace, upstream: str, environment: str, entry: ChartEntry, why_due: str
) -> StageResult:
    package, refusal = vouched(workspace, upstream, environment, entry)
    if refusal:
        outcome, why = f"{entry.version} waits", f"{refusal}. {image_digests.NEXT_STEP}"
        return StageResult(STAGE, environment, outcome, why, failed=True)
    done = workspace.chart_repository(environment).publish(package, created=datetime.now(UTC))
    return StageResult(
        STAGE, environment, f"promoted {entry.version}", why_due, changed=isinstance(done, Published)
    )


@writing_task("Promote {version} to {environment}")
@one_look()
def promote_asked(workspace: Workspace, environment: str, version: str) -> Promotion:
    """Copy what a person asks for, where nothing keeps it back; a dry run goes on as if it had been copied.

    `version`: see promotion.asked, which says what is refused. Raises also Unreachable, Conflict.
    """
    policy = workspace.environment(environment)
    upstream = policy.after or ""
    observed = (
        _observed(workspace, upstream, environment)
        if upstream
        else Observed((), (), None, (), datetime.now(UTC))
    )
    ref = workspace.application.release_ref(environment)
    asked = promotion.asked(policy, version, observed, ref)
    if asked.entry is None:
        return asked
    if against := _package_against(workspace, upstream, environment, asked.entry):
        raise Refused(
            f"{asked.entry.version} is not promoted: {against}",
            where=str(ref),
            next_step=f"{advice.explain(ref)} says what stands there, and who must act.",
        )
    package, refusal = vouched(workspace, upstream, environment, asked.entry)
    if refusal:
        raise Refused(
            f"{asked.entry.version} is not promoted: {refusal}",
            where=str(ref),
            next_step=image_digests.NEXT_STEP,
        )
    if isinstance(workspace, DryRunWorkspace):
        workspace.as_if_promoted(environment, asked.entry)
    else:
        workspace.chart_repository(environment).publish(package, created=datetime.now(UTC))
    return asked


def _observed(workspace: Workspace, upstream: str, environment: str) -> Observed:
    return Observed(
        upstream_records=workspace.upstream_records(environment),
        upstream_charts=workspace.lately_offered(upstream),
        own_record=workspace.record(environment),
        own_charts=workspace.chart_repository(environment).entries(workspace.chart_name),
        now=datetime.now(UTC),
        policy_file=workspace.policy_file,
    )


def _package_against(workspace: Workspace, upstream: str, environment: str, entry: ChartEntry) -> str:
    """What the environments before cannot know: whether the package was made for this one as well, and what speaks against the
    tags that it keeps for itself; empty where nothing does."""
    data = workspace.package(upstream, entry)
    if not release_content.knows(data, environment, entry.url):
        return f"it was made before {environment} was in headway.yaml; a version made since then comes"
    if not workspace.environment(environment).keeps_tags:
        return ""
    seen = own_view.of(entry, data, workspace.application, environment)
    here = workspace.record(environment)
    return (
        feeding.not_chosen(seen.missing)
        or rejected_inputs.held(seen.inputs, here)
        or rejected_inputs.held_upstream(seen.inputs, here, workspace.upstream_records(environment))
    )


def vouched(workspace: Workspace, upstream: str, environment: str, entry: ChartEntry) -> tuple[Package, str]:
    """A package of the upstream repository, and why its images are not what was tested any more; empty where they are."""
    package = chart_package.read_package(workspace.package(upstream, entry), entry.url)
    images = [each for each in image_record.read(package.metadata) if each.used_in(environment)]
    answers = workspace.image_digests(each.reference for each in images)
    return package, image_digests.refusal(image_digests.compare(images, answers))

"""Feed a chart: the newest package that was made of the branch, into an environment that comes after no other."""

from datetime import UTC, datetime

from headway.clients.chart_repository import Published
from headway.decide.supply import feeding, image_digests
from headway.decide.supply.feeding import Here
from headway.model.report import StageName, StageResult
from headway.workspace import own_view
from headway.workspace.workspace import Workspace
from tasks.promote_chart import vouched
from tasks.writing import writing_task

STAGE = StageName.PROMOTE


@writing_task("Feed {environment} from the branch")
def feed_chart(workspace: Workspace, environment: str) -> StageResult:
    """Copy the package that is due, or say why none is; packages are read only where the newest is not here.

    Raises BadInput, Unreachable, Conflict.
    """
    application, policy = workspace.application, workspace.environment(environment)
    first, repository = application.first_environment, workspace.chart_repository(environment)
    entry = feeding.newest(workspace.chart_repository(first).entries(workspace.chart_name))
    if entry is None:
        return StageResult(STAGE, environment, "nothing to take", "no version is made of the branch yet")
    present = repository.entries(workspace.chart_name)
    if any(each.digest == entry.digest for each in present):
        return StageResult(STAGE, environment, "nothing to take", f"{entry.version} is here already")
    offered = own_view.of(entry, workspace.package(first, entry), application, environment)
    record = workspace.record(environment)
    seen_as = {
        each.digest: own_view.of(each, workspace.package(environment, each), application, environment).seen_as
        for each in feeding.compared(present, record)
    }
    due = feeding.due(policy, offered, Here(record, present, seen_as, workspace.policy_file))
    if due.entry is None:
        outcome = "not taken" if due.is_kept_back else "nothing to take"
        return StageResult(STAGE, environment, outcome, due.why)
    package, refusal = vouched(workspace, first, environment, entry)
    if refusal:
        outcome, why = f"{entry.version} waits", f"{refusal}. {image_digests.NEXT_STEP}"
        return StageResult(STAGE, environment, outcome, why, failed=True)
    done = repository.publish(package, created=datetime.now(UTC))
    return StageResult(
        STAGE, environment, f"took {entry.version}", due.why, changed=isinstance(done, Published)
    )

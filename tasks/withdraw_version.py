"""Withdraw a version where it was born: its index entry first, then Headway's own edits in git, and what it brought is barred.

Each part is noted in the rejection when it is done, so that a look that was cut off is gone on with by the next one.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.decide.release import transitions
from headway.decide.supply import application_inverse, full_revert, take_back
from headway.decide.supply.application_edit import Locking
from headway.decide.supply.application_inverse import Failure
from headway.decide.supply.full_revert import PeoplesChanges
from headway.decide.supply.own_scalars import OwnEdit
from headway.errors import BadInput
from headway.formats import application_files
from headway.model.charts import COMMIT_ANNOTATION, ChartEntry, Package
from headway.model.edits import Commit, Edit
from headway.model.quarantine import Input
from headway.model.record import Rejection
from headway.model.report import StageResult
from headway.workspace.application_source import ApplicationSource
from headway.workspace.publisher import Committed, told
from headway.workspace.release_context import ReleaseContext
from headway.workspace.workspace import Workspace

STAGE = "withdraw"
COMMITS_CONSIDERED = 200


@task(cache_policy=NO_CACHE, task_run_name="Withdraw {rejection.version}")
def withdraw_version(context: ReleaseContext, rejection: Rejection) -> list[StageResult]:
    """Carry a rejection through; what is done already is not done again. Raises Unreachable, Conflict."""
    workspace, name = context.workspace, context.workspace.chart_name
    repository = workspace.chart_repository(context.environment_name)
    lines = []
    if "repository" not in rejection.propagated_to:
        taken = repository.withdraw(name, rejection.version, rejection.chart_digest)
        outcome = "index entry withdrawn" if taken else "was not offered"
        lines.append(
            StageResult(STAGE, f"{name} {rejection.version}", outcome, rejection.reason, changed=taken)
        )
        _note(context, rejection, "repository")
    if "git" not in rejection.propagated_to:
        stored = repository.stored(name, rejection.version)
        made_from = _made_from(stored.package) if stored else ""
        line, done = workspace.retry_on_conflict(lambda: _take_back(context, rejection, made_from))
        lines.append(line)
        if done:
            _note(context, rejection, "git")
    return lines


def _take_back(context: ReleaseContext, rejection: Rejection, made_from: str) -> tuple[StageResult, bool]:
    """The line, and whether git is as it should be: what is only proposed is looked at again."""
    workspace = context.workspace
    subject = f"{workspace.chart_name} {rejection.version}"
    edit = _edit(context, rejection, made_from)
    if not edit.files:
        return StageResult(STAGE, subject, "git left as it is", edit.subject), True
    answer = workspace.submit(edit, stage=STAGE)
    outcome, changed = told(answer, "taken back in git,")
    done = isinstance(answer, Committed)
    return StageResult(STAGE, subject, outcome, edit.subject, changed=changed), done


def _edit(context: ReleaseContext, rejection: Rejection, made_from: str) -> Edit:
    """Without files, and with the reason as its subject, where nothing is to be taken back."""
    workspace = context.workspace
    record = workspace.record(context.environment_name)
    left = take_back.left_as_it_is(
        workspace.application.revert, made_from, record, made_from_is_held=_holds(workspace, made_from)
    )
    if left or record is None:
        return Edit({}, left)
    base = application_inverse.last_good_commit(record, _offered(context))
    if not _holds(workspace, base):
        base = ""
    git = workspace.git
    own = take_back.own_commits(
        git.log(made_from, COMMITS_CONSIDERED),
        {commit.sha for commit in git.log(base, COMMITS_CONSIDERED)} if base else frozenset(),
        record,
    )
    return _inverse(context, rejection, base, made_from, own)


def _inverse(
    context: ReleaseContext, rejection: Rejection, base: str, made_from: str, own: Sequence[Commit]
) -> Edit:
    workspace, source = context.workspace, context.workspace.source
    peoples = PeoplesChanges({}, ())
    if source.application.revert == "all" and base:
        peoples = _peoples_changes(workspace, base, made_from)
    edit = Edit({}, "no commit since last good is Headway's own")
    failure = Failure(
        context.environment_name,
        rejection.version,
        rejection.chart_digest,
        rejection.reason,
        rejection.at,
        others=_others(source, base, made_from),
        implicated=rejection.implicated,
    )
    if own:
        edit = application_inverse.inverse(
            [OwnEdit(source.files_at(each.parents[0]), source.files_at(each.sha)) for each in own],
            source.files_with(peoples.put_back),
            source.application,
            failure,
            workspace.chart_versions(),
            Locking(datetime.now(UTC).replace(microsecond=0)),
            changed_elsewhere=_changed_elsewhere(workspace, own[0].parents[0]),
        )
    return full_revert.joined(edit, peoples, failure)


def _others(source: ApplicationSource, base: str, made_from: str) -> frozenset[Input]:
    """All inputs that differ from last good, people's too; none where one of the two cannot be read any more."""
    try:
        return source.inputs_at(made_from) - source.inputs_at(base) if base else frozenset()
    except BadInput:
        return frozenset()


def _peoples_changes(workspace: Workspace, base: str, made_from: str) -> PeoplesChanges:
    git = workspace.git
    paths = git.changed_paths(base, made_from)
    good, failed, now = (git.read_all(commit, paths) for commit in (base, made_from, workspace.source.commit))
    return full_revert.of_version(good, failed, now)


def _changed_elsewhere(workspace: Workspace, before: str) -> bool:
    """Whether anything but the files that hold the inputs differs from that commit."""
    inputs = application_files.paths(workspace.application.chart)
    return any(path not in inputs for path in workspace.git.changed_paths(before, workspace.source.commit))


def _offered(context: ReleaseContext) -> Sequence[ChartEntry]:
    repository = context.workspace.chart_repository(context.environment_name)
    return repository.entries(context.workspace.chart_name)


def _holds(workspace: Workspace, commit: str) -> bool:
    return workspace.git.resolve(commit) is not None


def _made_from(package: Package) -> str:
    return str((package.metadata.get("annotations") or {}).get(COMMIT_ANNOTATION, ""))


def _note(context: ReleaseContext, rejection: Rejection, what: str) -> None:
    """Write into the record that a part is carried through."""
    context.update_record(lambda record: transitions.propagated(record, rejection.chart_digest, what))

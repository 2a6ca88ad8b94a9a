"""Withdraw a version where it was born: its index entry first, then Headway's own edits in git, and its inputs are barred.

Each part is noted in the rejection when it is done, so that a look that was cut off is gone on with by the next one.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.decide.release import transitions
from headway.decide.supply import application_inverse
from headway.decide.supply.application_edit import Locking
from headway.decide.supply.application_inverse import Failure, OwnEdit
from headway.model.charts import COMMIT_ANNOTATION, Package
from headway.model.edits import Commit, Edit
from headway.model.record import Rejection
from headway.model.report import StageResult
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
    subject, left = f"{workspace.chart_name} {rejection.version}", "git left as it is"
    if workspace.application.revert == "never":
        return StageResult(STAGE, subject, left, "revert: never"), True
    if not made_from:
        why = "its package does not say from which commit it was made"
        return StageResult(STAGE, subject, left, why), True
    edit = _inverse(context, rejection, made_from)
    if not edit.files:
        return StageResult(STAGE, subject, left, edit.subject), True
    answer = workspace.submit(edit, stage=STAGE)
    outcome, changed = told(answer, "taken back in git,")
    done = isinstance(answer, Committed)
    return StageResult(STAGE, subject, outcome, edit.subject, changed=changed), done


def _inverse(context: ReleaseContext, rejection: Rejection, made_from: str) -> Edit:
    workspace, source = context.workspace, context.workspace.source
    offered = workspace.chart_repository(context.environment_name).entries(workspace.chart_name)
    base = application_inverse.last_good_commit(workspace.record(context.environment_name), offered)
    own = [commit for commit in reversed(_since(workspace, base, made_from)) if commit.is_own]
    edits = [OwnEdit(source.files_at(each.parents[0]), source.files_at(each.sha)) for each in own]
    edit = Edit({}, "no commit since last good is Headway's own")
    if edits:
        edit = application_inverse.inverse(
            edits,
            source.files,
            source.application,
            Failure(
                context.environment_name,
                rejection.version,
                rejection.chart_digest,
                rejection.reason,
                rejection.at,
            ),
            workspace.chart_versions(),
            Locking(datetime.now(UTC).replace(microsecond=0)),
        )
    if source.application.revert == "all" and base:
        return _with_peoples_changes(workspace, edit, base, made_from, rejection)
    return edit


def _with_peoples_changes(
    workspace: Workspace, edit: Edit, base: str, made_from: str, rejection: Rejection
) -> Edit:
    """`edit`, and every file that is still as the failed version had it as last good had it."""
    git = workspace.git
    paths = [path for path in git.changed_paths(base, made_from) if not path.startswith(".headway/")]
    good, failed, now = (git.read_all(commit, paths) for commit in (base, made_from, workspace.source.commit))
    put_back = {path: good.get(path) for path in paths if now.get(path) == failed.get(path)}
    if not put_back:
        return edit
    subject = (
        edit.subject if edit.files else f"Take {rejection.version} back: it failed ({rejection.reason[:200]})"
    )
    return Edit({**edit.files, **put_back}, subject, edit.body)


def _since(workspace: Workspace, base: str, made_from: str) -> Sequence[Commit]:
    """Commits of the version that failed, newest first, down to those that the last good version has too."""
    commits = workspace.git.log(made_from, COMMITS_CONSIDERED)
    known = {commit.sha for commit in workspace.git.log(base, COMMITS_CONSIDERED)} if base else set()
    return [commit for commit in commits if commit.sha not in known]


def _made_from(package: Package) -> str:
    return str((package.metadata.get("annotations") or {}).get(COMMIT_ANNOTATION, ""))


def _note(context: ReleaseContext, rejection: Rejection, what: str) -> None:
    """Write into the record that a part is carried through."""
    context.update_record(lambda record: transitions.propagated(record, rejection.chart_digest, what))

"""Withdraw a version where it was born: its index entry first, then Headway's own edits in git, and its inputs are barred.

Each part is noted in the rejection when it is done, so that a look that was cut off is gone on with by the next one.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.decide.release import transitions
from headway.decide.supply import application_inverse
from headway.decide.supply.application_inverse import Failure, OwnEdit
from headway.model.charts import COMMIT_ANNOTATION, Package
from headway.model.edits import Commit, Edit
from headway.model.record import Rejection
from headway.model.report import StageResult
from headway.workspace.release_context import ReleaseContext
from headway.workspace.service_look import OWN_TRAILER
from headway.workspace.workspace import AUTHOR, Workspace

STAGE = "withdraw"
COMMITS_CONSIDERED = 200
CONFLICTS_BORNE = 5


@task(cache_policy=NO_CACHE, task_run_name="Withdraw {rejection.version}")
def withdraw_version(context: ReleaseContext, rejection: Rejection, run: str) -> list[StageResult]:
    """Carry a rejection through; what is done already is not done again. Raises Unreachable, Conflict."""
    workspace, repository, name = (
        context.workspace,
        context.workspace.charts(context.environment_name),
        context.workspace.chart_name,
    )
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
        lines.append(
            workspace.retry_on_conflict(lambda: _take_back(workspace, context, rejection, made_from, run))
        )
        _note(context, rejection, "git")
    return lines


def _take_back(
    workspace: Workspace, context: ReleaseContext, rejection: Rejection, made_from: str, run: str
) -> StageResult:
    subject = f"{workspace.chart_name} {rejection.version}"
    if workspace.application.revert == "never":
        return StageResult(STAGE, subject, "git left as it is", "revert: never")
    if not made_from:
        return StageResult(
            STAGE, subject, "git left as it is", "its package does not say from which commit it was made"
        )
    edit = _inverse(workspace, context, rejection, made_from, run)
    if not edit.files:
        return StageResult(STAGE, subject, "git left as it is", edit.subject)
    commit = workspace.git.commit(edit, on=workspace.commit, author=AUTHOR)
    workspace.look_again()
    return StageResult(STAGE, subject, f"taken back in git, {commit[:12]}", edit.subject, changed=True)


def _inverse(
    workspace: Workspace, context: ReleaseContext, rejection: Rejection, made_from: str, run: str
) -> Edit:
    offered = workspace.charts(context.environment_name).entries(workspace.chart_name)
    base = application_inverse.last_good_commit(workspace.record(context.environment_name), offered)
    commits = _since(workspace, base, made_from)
    edits = [_own_edit(workspace, commit) for commit in reversed(commits) if OWN_TRAILER in commit.trailers]
    edit = Edit({}, "no commit since last good is Headway's own")
    if edits:
        edit = application_inverse.inverse(
            edits,
            workspace.files(),
            workspace.application,
            Failure(
                context.environment_name,
                rejection.version,
                rejection.chart_digest,
                rejection.reason,
                rejection.at,
            ),
            seen=workspace.versions_ever_seen(),
            generated=datetime.now(UTC).replace(microsecond=0),
            stage=STAGE,
            run=run,
            published={each.version for each in offered},
        )
    if workspace.application.revert == "all" and base:
        return _with_peoples_changes(workspace, edit, base, made_from, rejection, run)
    return edit


def _with_peoples_changes(
    workspace: Workspace, edit: Edit, base: str, made_from: str, rejection: Rejection, run: str
) -> Edit:
    """`edit`, and every file that is still as the failed version had it as last good had it."""
    git, head = workspace.git, workspace.commit
    put_back = {
        path: git.read(base, path)
        for path in git.changed_paths(base, made_from)
        if not path.startswith(".headway/") and git.read(head, path) == git.read(made_from, path)
    }
    if not put_back:
        return edit
    subject = (
        edit.subject if edit.files else f"Take {rejection.version} back: it failed ({rejection.reason[:200]})"
    )
    trailers = {"Headway-Stage": STAGE, "Headway-Run": run}
    return Edit({**edit.files, **put_back}, subject, edit.body, trailers)


def _since(workspace: Workspace, base: str, made_from: str) -> Sequence[Commit]:
    """Commits of the version that failed, newest first, down to those that the last good version has too."""
    commits = workspace.git.log(made_from, COMMITS_CONSIDERED)
    known = {commit.sha for commit in workspace.git.log(base, COMMITS_CONSIDERED)} if base else set()
    return [commit for commit in commits if commit.sha not in known]


def _own_edit(workspace: Workspace, commit: Commit) -> OwnEdit:
    return OwnEdit(before=workspace.files_at(commit.parents[0]), after=workspace.files_at(commit.sha))


def _made_from(package: Package) -> str:
    return str((package.metadata.get("annotations") or {}).get(COMMIT_ANNOTATION, ""))


def _note(context: ReleaseContext, rejection: Rejection, what: str) -> None:
    """Write into the record that a part is carried through."""
    context.update_record(lambda record: transitions.propagated(record, rejection.chart_digest, what))

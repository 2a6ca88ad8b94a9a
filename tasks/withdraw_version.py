"""Withdraw a version where it was born: its index entry first, then Headway's own edits in git, and what it brought is barred.

Each part is noted in the rejection when it is done, so that a look that was cut off is gone on with by the next one.
"""

from headway.decide.release import transitions
from headway.decide.supply.application_inverse import Failure
from headway.model.edits import Edit
from headway.model.record import Rejection
from headway.model.report import StageName, StageResult
from headway.workspace import take_back
from headway.workspace.git_writer import Committed, told
from headway.workspace.release_context import ReleaseContext
from headway.workspace.workspace import Workspace
from tasks.writing import writing_task

STAGE = StageName.WITHDRAW


@writing_task("Withdraw {rejection.version}")
def withdraw_version(context: ReleaseContext, rejection: Rejection) -> list[StageResult]:
    """Carry a rejection through; what is done already is not done again. Raises Unreachable, Conflict."""
    workspace, name = context.workspace, context.workspace.chart_name
    repository = workspace.chart_repository(context.environment_name)
    lines = []
    if not rejection.was_withdrawn:
        taken = repository.withdraw(name, rejection.version, rejection.chart_digest)
        outcome = "index entry withdrawn" if taken else "was not offered"
        lines.append(
            StageResult(STAGE, f"{name} {rejection.version}", outcome, rejection.reason, changed=taken)
        )
        _note(context, rejection, "repository")
    if "git" not in rejection.propagated_to:
        stored = repository.stored(name, rejection.version)
        commit = stored.package.commit if stored else ""
        line, done = workspace.retry_on_conflict(lambda: _take_back(context, rejection, commit))
        lines.append(line)
        if done:
            _note(context, rejection, "git")
    return lines


def _take_back(context: ReleaseContext, rejection: Rejection, commit: str) -> tuple[StageResult, bool]:
    """The line, and whether git is as it should be: what is only proposed is looked at again."""
    workspace = context.workspace
    failure = Failure(
        context.environment_name,
        rejection.version,
        rejection.chart_digest,
        rejection.reason,
        rejection.at,
        implicated=rejection.implicated,
    )
    edit = take_back.edit(workspace, failure, commit)
    if not edit.files:
        subject = f"{workspace.chart_name} {rejection.version}"
        return StageResult(STAGE, subject, "git left as it is", edit.subject), True
    return submitted(workspace, rejection.version, edit)


def submitted(workspace: Workspace, version: str, edit: Edit) -> tuple[StageResult, bool]:
    """`edit`, which takes a version back, in git: the line, and whether it is committed. Raises as GitWriter.submit."""
    subject = f"{workspace.chart_name} {version}"
    answer = workspace.submit(edit, stage=STAGE)
    outcome, changed = told(answer, "taken back in git,")
    return StageResult(STAGE, subject, outcome, edit.subject, changed=changed), isinstance(answer, Committed)


def _note(context: ReleaseContext, rejection: Rejection, what: str) -> None:
    """Write into the record that a part is carried through."""
    context.update_record(lambda record: transitions.propagated(record, rejection.chart_digest, what))

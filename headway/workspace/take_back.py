"""The edit that takes back what a version brought: Headway's own edits since last good, and what is barred for it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from headway.decide.supply import application_inverse, full_revert, taking_back
from headway.decide.supply.application_edit import Locking
from headway.decide.supply.application_inverse import Failure
from headway.decide.supply.full_revert import PeoplesChanges
from headway.decide.supply.own_scalars import OwnEdit
from headway.errors import BadInput
from headway.formats import application_files
from headway.model.charts import ChartEntry
from headway.model.edits import Commit, Edit
from headway.model.quarantine import Input
from headway.model.record import ReleaseRecord
from headway.workspace.application_source import ApplicationSource
from headway.workspace.workspace import Workspace

COMMITS_CONSIDERED = 200


def edit(workspace: Workspace, failure: Failure, made_from: str, *, own_alone: bool = False) -> Edit:
    """The edit of the branch head. Without files, and with the reason as its subject, where nothing is to be taken back.
    `made_from`: the commit of the version. `own_alone`: take only Headway's own edits back, also under `revert: all`. Raises
    BadInput, Unreachable."""
    git, record = workspace.git, workspace.record(failure.environment)
    left = taking_back.left_as_it_is(
        workspace.application.revert, made_from, record, made_from_is_held=git.resolve(made_from) is not None
    )
    if left or record is None:
        return Edit({}, left)
    base = last_good_commit(workspace, failure.environment, record)
    own = taking_back.own_commits(
        git.log(made_from, COMMITS_CONSIDERED),
        {commit.sha for commit in git.log(base, COMMITS_CONSIDERED)} if base else frozenset(),
        record,
    )
    failure = replace(failure, others=_others(workspace.source, base, made_from))
    peoples = PeoplesChanges({}, ())
    if workspace.application.revert == "all" and base and not own_alone:
        peoples = _peoples_changes(workspace, base, made_from)
    return _inverse(workspace, failure, peoples, own)


def last_good_commit(workspace: Workspace, environment: str, record: ReleaseRecord | None) -> str:
    """The commit that the newest good version was made from; empty where that is not known any more. Raises Unreachable."""
    base = application_inverse.last_good_commit(record, _offered(workspace, environment))
    return base if base and workspace.git.resolve(base) is not None else ""


def _inverse(workspace: Workspace, failure: Failure, peoples: PeoplesChanges, own: Sequence[Commit]) -> Edit:
    source = workspace.source
    edit = Edit({}, "no commit since last good is Headway's own")
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
    changed = git.changed_paths(base, made_from)
    paths = [*filter(full_revert.can_be_written, changed)]
    good, failed, now = (git.read_all(commit, paths) for commit in (base, made_from, workspace.source.commit))
    tag_files = {workspace.source.files.path(each) for each in workspace.application.tag_files}
    return full_revert.of_version(good, failed, now, workspace.policy_path, tag_files, {*changed} - {*paths})


def _changed_elsewhere(workspace: Workspace, before: str) -> bool:
    """Whether anything but the files that hold the inputs differs from that commit."""
    inputs = application_files.paths(workspace.application.chart)
    return any(path not in inputs for path in workspace.git.changed_paths(before, workspace.source.commit))


def _offered(workspace: Workspace, environment: str) -> Sequence[ChartEntry]:
    return workspace.chart_repository(environment).entries(workspace.chart_name)

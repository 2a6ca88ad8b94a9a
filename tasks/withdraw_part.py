"""Withdraw a part of a rejected set that no release decides on: the version that brings it in cannot be published, or a person
answered no at the gate.

The other parts wait for its result. So what it brought is taken back and quarantined with the reason, as if it had failed, and
the others go on.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from headway.decide.release import approval
from headway.decide.supply import own_scalars, taking_back
from headway.decide.supply.application_inverse import Failure
from headway.decide.supply.taking_back import Examined
from headway.model.audit import WHY_LIMIT
from headway.model.report import StageResult
from headway.workspace import new_inputs, take_back
from headway.workspace.workspace import Workspace
from tasks.withdraw_version import STAGE, submitted


def if_unpublishable(
    workspace: Workspace, findings: Sequence[str], examine: Callable[[Workspace], Sequence[str]]
) -> list[StageResult]:
    """Take back what the application holds, because of `findings` it cannot be published.

    No line where no part of a set waits for it, or where its version is published already: then its release tells whether it is
    good. `examine` gives the findings against the application as a workspace looks at it: those that last good has too did not
    come in with this version, and where there are no others nothing is taken back. Raises Conflict where somebody pushed
    meanwhile, BadInput, Unreachable.
    """
    version = new_inputs.waits_for(workspace)
    if not version or _is_offered(workspace, version):
        return []
    now = Examined(tuple(findings), _versions(workspace))
    found = taking_back.found_since(now, _of_last_good(workspace, examine))
    if not found:
        subject, why = f"{workspace.chart_name} {version}", "last good could not be published now either"
        return [StageResult(STAGE, subject, "not taken back", why)]
    return _taken_back(workspace, version, "cannot be published", "; ".join(found), workspace.source.commit)


def _is_offered(workspace: Workspace, version: str) -> bool:
    repository = workspace.chart_repository(workspace.application.first_environment)
    return any(entry.version == version for entry in repository.entries(workspace.chart_name))


def _of_last_good(workspace: Workspace, examine: Callable[[Workspace], Sequence[str]]) -> Examined:
    environment = workspace.application.first_environment
    good = take_back.last_good_commit(workspace, environment, workspace.record(environment))
    if not good:
        return Examined((), frozenset())
    former = workspace.at(good)
    return Examined(tuple(examine(former)), _versions(former))


def _versions(workspace: Workspace) -> frozenset[str]:
    source = workspace.source
    inputs = own_scalars.inputs(source.files, source.application)
    return frozenset({source.files.chart_yaml.version, *(each.version for each in inputs)})


def if_declined(workspace: Workspace, version: str) -> list[StageResult]:
    """Take back `version`, which others wait for; no line where nobody said no to it. Raises as `if_unpublishable`."""
    environment, name = workspace.application.first_environment, workspace.chart_name
    record, repository = workspace.record(environment), workspace.chart_repository(environment)
    stored = repository.stored(name, version)
    no = approval.declined(record, stored.package.digest) if record and stored else None
    if no is None or stored is None:
        return []
    lines = []
    if repository.withdraw(name, version, stored.package.digest):
        lines.append(
            StageResult(STAGE, f"{name} {version}", "index entry withdrawn", f"{no.by} said no", changed=True)
        )
    how = f"was answered with no by {no.by}"
    reason = no.why or "no comment"
    return [*lines, *_taken_back(workspace, version, how, reason, stored.package.commit, no.digest)]


def _taken_back(
    workspace: Workspace, version: str, how: str, reason: str, commit: str, digest: str = ""
) -> list[StageResult]:
    failure = Failure(
        workspace.application.first_environment,
        version,
        digest,
        reason[:WHY_LIMIT],
        datetime.now(UTC),
        how=how,
    )
    edit = take_back.edit(workspace, failure, commit, own_alone=True)
    if not edit.files:
        return []
    line, _ = submitted(workspace, version, edit)
    return [line]

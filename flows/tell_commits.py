"""Tell the git hosts of services how far their commits have come."""

from collections.abc import Callable
from functools import partial

from headway.errors import HeadwayError
from headway.formats.counted import counted
from headway.model.report import StageName, StageResult
from headway.workspace import commit_statuses
from headway.workspace.dry_run import DryRunWorkspace
from headway.workspace.workspace import Workspace
from tasks.stopped import stopped


def tell_commits(workspace: Workspace) -> list[StageResult]:
    """A line for each environment of which commits were told, and for what could not be told. That fails no delivery."""
    lines: list[StageResult] = []
    if isinstance(workspace, DryRunWorkspace):
        return lines
    telling: dict[str, Callable[[], tuple[int, list[HeadwayError]]]] = {
        workspace.application.application: partial(commit_statuses.tell_built, workspace)
    }
    telling |= {
        name: partial(commit_statuses.tell, workspace, name) for name in workspace.application.environments
    }
    for name, tell in telling.items():
        try:
            told, troubles = tell()
        except HeadwayError as error:
            told, troubles = 0, [error]
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the trouble of one environment
            lines.append(stopped(StageName.TELL_COMMITS, name, "its commits are not told", error))
            continue
        if told:
            lines.append(
                StageResult(StageName.TELL_COMMITS, name, f"{counted(told, 'commit')} told", changed=True)
            )
        lines += [
            StageResult(StageName.TELL_COMMITS, name, "a commit is not told", str(error))
            for error in troubles[:1]
        ]
    return lines

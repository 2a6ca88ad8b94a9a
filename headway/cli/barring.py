"""Writes what a person says about an input into the application's quarantine, as a commit."""

from collections.abc import Callable
from datetime import UTC, datetime

from blocks.opening import open_workspace
from headway.cli.prefect_api import prefect_server
from headway.formats.application_files import ApplicationFiles
from headway.formats.visible import visible
from headway.model.application import Application
from headway.model.audit import Said
from headway.model.edits import Edit
from headway.workspace.publisher import told
from headway.workspace.workspace import Workspace

STAGE = "quarantine"
Decision = Callable[[ApplicationFiles, Application, str, Said], Edit]


def write(application: str, reference: str, decide: Decision, *, reason: str, by: str, dry_run: bool) -> bool:
    """Raises BadInput for an input that the application does not have, Refused, Unreachable."""
    with prefect_server():
        workspace = open_workspace(application)
    said = Said(by, reason, datetime.now(UTC))
    act = imagine if dry_run else commit
    print(visible(workspace.retry_on_conflict(lambda: act(workspace, reference, decide, said))))
    return True


def imagine(workspace: Workspace, reference: str, decide: Decision, said: Said) -> str:
    """What `commit` would do; nothing is written."""
    edit = decide(workspace.source.files, workspace.application, reference, said)
    verb = "propose" if workspace.application.write == "pull-request" else "commit"
    return f"Nothing was changed. Would {verb}: {edit.subject}" if edit.files else edit.subject


def commit(workspace: Workspace, reference: str, decide: Decision, said: Said) -> str:
    """What was done, in a sentence."""
    edit = decide(workspace.source.files, workspace.application, reference, said)
    if not edit.files:
        return edit.subject
    outcome, _ = told(workspace.submit(edit, stage=STAGE), "committed")
    return f"{edit.subject}: {outcome}"

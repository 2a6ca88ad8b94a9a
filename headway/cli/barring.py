"""Writes what a person says about an input into the application's quarantine, as a commit."""

from collections.abc import Callable
from datetime import UTC, datetime

from blocks.opening import open_workspace
from headway.cli.output import tell
from headway.cli.prefect_api import prefect_server
from headway.decide.release import advice
from headway.decide.supply import barring
from headway.errors import HeadwayError
from headway.formats.application_files import ApplicationFiles
from headway.formats.visible import visible
from headway.model.application import Application
from headway.model.audit import Said
from headway.model.edits import Edit
from headway.workspace.git_writer import told
from headway.workspace.workspace import Workspace

STAGE = "quarantine"
Decision = Callable[[ApplicationFiles, Application, str, Said], Edit]


def write(
    application: str,
    reference: str,
    decide: Decision,
    *,
    reason: str,
    by: str,
    dry_run: bool,
    must_exist: bool = False,
) -> bool:
    """`must_exist`: it is said where nobody has it, and else what keeps it out of where it may still come. Raises BadInput for an
    input that the application does not have, Refused, Unreachable."""
    with prefect_server():
        workspace = open_workspace(application)
    said = Said(by, reason, datetime.now(UTC))
    act = preview if dry_run else commit
    print(visible(workspace.retry_on_conflict(lambda: act(workspace, reference, decide, said))))
    if must_exist and (note := unseen(workspace, reference) or on_its_way(workspace.application)):
        tell([note])
    return True


def unseen(workspace: Workspace, reference: str) -> str:
    """That nobody has the input yet, in a sentence: it may be barred before it is pushed, or was mistyped. Empty where it is
    there."""
    kind, name, version = barring.named(workspace.source.files, workspace.application, reference)
    meant = barring.as_image(workspace.application, reference) if kind == "chart" else ""
    try:
        if kind == "image":
            tag, _, digest = version.partition("@")
            place = "its registry"
            is_there = workspace.systems.registry_of_declared(name).digest(name, digest or tag) is not None
        else:
            place = "its chart repository"
            repository = workspace.chart_repository(workspace.application.first_environment)
            is_there = version in repository.versions(name)
    except HeadwayError as error:
        return f"whether there is such a one is not known: {error}"
    if is_there:
        return ""
    return (
        f"{place} has no {version} now: should it ever come, it stays out{meant}. If that was mistyped: "
        f"{advice.allow_input(workspace.application.application, reference)}"
    )


def on_its_way(application: Application) -> str:
    """That versions with the input go on to later environments, in a sentence; empty where there are none. The quarantine says
    what is chosen, not what was published."""
    later = [name for name, environment in application.environments.items() if environment.after]
    if not later:
        return ""
    freezes = "; ".join(advice.freeze(application.release_ref(name)) for name in later)
    return (
        f"versions that hold it already still go on to {', '.join(later)}. To keep them out until one without it is good in "
        f"{application.first_environment}: {freezes}"
    )


def preview(workspace: Workspace, reference: str, decide: Decision, said: Said) -> str:
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

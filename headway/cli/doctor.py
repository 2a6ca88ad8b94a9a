"""Tries what an application needs and prints a line for each: the Prefect part here, all else in workspace/checkup.py."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from headway.cli import files
from headway.cli import prefect_checkup as prefect
from headway.cli.table import print_rows
from headway.cli.where import Credentials
from headway.clients.git import GitCredentials, GitRepository, checkout
from headway.decide.review import checkup
from headway.decide.review.checkup import Checked, Verdict
from headway.errors import BadInput, HeadwayError
from headway.formats import chart_yaml, ssh_key
from headway.formats.counted import counted
from headway.formats.headway_yaml import FILE
from headway.workspace import chart_locks
from headway.workspace import checkup as trial
from headway.workspace.checkup import Attempt, Subject
from headway.workspace.systems import Systems
from headway.workspace.workspace import Workspace

if TYPE_CHECKING:
    from blocks import Site


@dataclass(frozen=True, slots=True)
class Unregistered:
    """A headway.yaml at hand, with the names of the credentials blocks that it is to be registered with."""

    file: Path
    policy: Path | None
    credentials: Credentials


def show(application: str | None, unregistered: Unregistered | None, *, output: str) -> bool:
    """`output`: table or json. Whether nothing is missing."""
    if (application is None) is (unregistered is None):
        raise BadInput(
            "name an application that is registered, or a headway.yaml by -f",
            where="headway doctor",
            next_step="headway doctor shop; before it is registered: headway doctor -f headway.yaml.",
        )
    checked = examine(application, unregistered)
    if output == "json":
        print(json.dumps(checkup.values(checked), indent=2))
    else:
        print_rows(checkup.rows(checked))
    return checkup.is_whole(checked)


def examine(application: str | None, unregistered: Unregistered | None) -> list[Checked]:
    """All lines, in order."""
    found = trial.examine(trial.programs())
    found += trial.examined(prefect.server())
    answers = found[-1].verdict is Verdict.OK
    found += trial.examine(prefect.of_server()) if answers else prefect.unasked()
    if application is not None:
        found += _registered(application) if answers else [_unasked(application)]
    elif unregistered is not None:
        found += _unregistered(unregistered, answers)
    return found


def opened_by(git: GitCredentials | None) -> str:
    """As git hosts list deploy keys."""
    if git is None:
        return ""
    by = [("", git.ssh_key)] if git.ssh_key else []
    return "".join(
        f"; git{f' of {address}' if address else ''} by the key {ssh_key.fingerprint(key)}"
        for address, key in (*by, *git.ssh_keys)
    )


def _registered(name: str) -> list[Checked]:
    from blocks.opening import access, connect

    where = f"headway-application/{name}"
    if site := prefect.site(name):
        return _of_site(name, site)
    try:
        allowed = access(prefect.application(name))
    except HeadwayError as error:
        return [checkup.failed("block", where, error, "")]
    found = [checkup.sound("block", where, f"can be loaded{opened_by(allowed.git)}")]
    place = f"{allowed.git_url} {allowed.branch}"
    try:
        workspace = Workspace(allowed, connect)
    except HeadwayError as error:
        return [*found, checkup.failed("git fetch", place, error, ""), *_unread(name)]
    declared = workspace.application
    found.append(checkup.sound("git fetch", place, f"at {workspace.source.commit[:12]}"))
    found += trial.examine(trial.writing(workspace))
    if declared.application != name:
        said = f"it declares the application {declared.application!r}"
        other = BadInput(said, where=FILE, next_step="Name the block after the application.")
        return [*found, checkup.failed(FILE, place, other, "")]
    try:
        chart, tree = workspace.chart_name, workspace.source.umbrella
    except HeadwayError as error:
        return [*found, checkup.failed("chart", place, error, ""), *_unread(name)]
    environments = {each: workspace.environment(each) for each in declared.environments}
    subject = Subject(declared, Systems(allowed, connect), environments, chart, tree)
    return [*found, *_all_of(subject)]


def _of_site(name: str, block: "Site") -> list[Checked]:
    from blocks.opening import access_of_site, connect
    from headway.workspace.site import SiteWorkspace

    try:
        site = block.declared(name)
        workspace = SiteWorkspace(access_of_site(block), site, connect)
    except HeadwayError as error:
        return [checkup.failed("block", f"headway-site/{name}", error, "")]
    environment, application = site.environment, site.application

    def offered() -> str:
        found = workspace.chart_repository(environment).entries(site.chart)
        return f"{site.chart} {found[0].version} is the newest" if found else "no version yet"

    def own() -> str:
        return counted(len(workspace.own_values()), "file")

    cluster = application.cluster(environment)
    remedy = f"Save it: headway add --name {name} --cluster {environment}=CONTEXT."
    declared = {environment: workspace.environment(environment)}
    subject = Subject(application, workspace.systems, declared, site.chart, {})
    attempts = [
        Attempt("charts read", f"{environment}: {block.charts}", offered, "Correct the site's block."),
        *([Attempt("own values", site.values, own, "Correct the site's block.")] if site.values else []),
    ]
    found = [checkup.sound("block", f"headway-site/{name}", "can be loaded"), *trial.examine(attempts)]
    return [*found, *_clusters(subject, {cluster: remedy})]


def _unregistered(given: Unregistered, answers: bool) -> list[Checked]:
    from blocks.opening import access, connect
    from headway.cli import blocks_of_prefect as saved

    file = files.declaration(given.file)
    try:
        declared = files.application(file, given.policy)
        chart = file.parent / declared.chart
        name = chart_yaml.read(files.text(chart / "Chart.yaml"), str(chart / "Chart.yaml")).name
    except HeadwayError as error:
        return [checkup.failed(FILE, str(file), error, ""), *_unread(str(file))]
    found = [checkup.sound(FILE, str(file), "can be read")]
    folder = file.parent
    url, branch = checkout.origin(folder), checkout.branch(folder) or "main"
    try:
        here = url or f"file://{folder.resolve()}"
        named = given.credentials
        block = saved.application(
            here, branch, git=named.git, registry=named.registry, s3=named.s3, forge=named.forge
        )
    except HeadwayError as error:
        return [*found, checkup.failed("block", "credentials", error, "Save it: headway add --help.")]
    allowed = access(block)
    systems = Systems(allowed, connect)
    place = f"{here} {branch}"

    def git() -> GitRepository:
        if not url:
            raise BadInput(
                "its folder has no remote `origin`", where=place, next_step="git remote add origin URL"
            )
        return systems.git(url, branch)

    remedy = "Push it, or name --git-credentials."
    by_push = declared.write == "push"
    found += trial.examined(trial.fetching(git, place, url=here, pushed=by_push, remedy=remedy))
    if declared.write == "contents-api":
        found += trial.examined(trial.by_api(git, systems))
    elif not by_push:
        found += trial.examine(trial.proposing(git, systems, declared.application))
    subject = Subject(declared, systems, declared.environments, name, _tree(chart))
    return [*found, *_all_of(subject, answers=answers)]


def _all_of(subject: Subject, *, answers: bool = True) -> list[Checked]:
    application = subject.application
    remedies = {
        application.cluster(each): f"Save it: headway add URL --cluster {each}=CONTEXT."
        for each in application.environments
    }
    found = trial.examine(trial.of(subject))
    if not answers:
        said = "the Prefect server does not answer, which keeps the block"
        return [*found, *(checkup.unknown("cluster", each, said) for each in remedies)]
    return [*found, *_clusters(subject, remedies)]


def _clusters(subject: Subject, remedies: Mapping[str, str]) -> list[Checked]:
    """A block that cannot be loaded is one thing to mend, and one line. `remedies`: by name of a block."""
    found = [trial.examined(each) for each in prefect.clusters(remedies)]
    without = [name for name, lines in zip(remedies, found, strict=True) if not checkup.is_whole(lines)]
    return [*chain.from_iterable(found), *trial.examine(trial.clusters(subject, without))]


def _tree(folder: Path) -> dict[str, bytes]:
    own = (folder / name for name in chart_locks.FILES)
    paths = [*own, *(folder / "secrets").rglob("*"), *(folder / "values").rglob("*")]
    return {str(each.relative_to(folder)): each.read_bytes() for each in paths if each.is_file()}


def _unasked(name: str) -> Checked:
    return checkup.unknown(
        "block", f"headway-application/{name}", "the Prefect server does not answer, which keeps it"
    )


def _unread(name: str) -> list[Checked]:
    said = "services and environments are not known before headway.yaml can be read"
    return [checkup.unknown("all that it names", name, said)]

"""Tries every connection that an application needs, each by itself: what fails says so on its own line and hides nothing else.

Nothing is changed: pushes are dry runs, a write to a bucket is asked on a condition that cannot hold, rights by reviews.
"""

import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from headway.clients import command, hosts, side_by_side, sops
from headway.clients.git import GitRepository
from headway.clients.helm.command import Helm
from headway.clients.kubernetes import rights
from headway.clients.memory import MEMORY
from headway.decide.review import checkup
from headway.decide.review.checkup import Checked, Verdict
from headway.decide.review.rights import RIGHTS
from headway.decide.supply.proposing import PREFIX
from headway.errors import BadInput, HeadwayError, MissingKey
from headway.formats.counted import counted
from headway.formats.secret_placeholders import is_encrypted
from headway.model.application import Application
from headway.model.environment import Environment
from headway.workspace import chart_locks, environment_values, third_parties
from headway.workspace.systems import Systems
from headway.workspace.workspace import Workspace

AT_ONCE = 8
HERE = "this machine"
_WRITES = "whether the token may write, the first write tells: docs/git-hosts.md, The token, has the rights"
_GIT_REMEDY = "Correct the address, or the git credentials of the application's block."


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing to try. `attempt` gives what to say where it succeeds, or whole lines."""

    what: str
    where: str
    attempt: Callable[[], str | Sequence[Checked]]
    remedy: str = ""
    """What to do about a failure whose error does not say it."""
    host: str = ""
    """Which one is asked, where others are tried that ask it as well."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of an application once its headway.yaml is read."""

    application: Application
    systems: Systems
    environments: Mapping[str, Environment]
    """As policy has them."""
    chart_name: str
    files: Mapping[str, bytes]
    """Of the umbrella chart, by path relative to it; of a site none."""


def examine(attempts: Sequence[Attempt]) -> list[Checked]:
    """Try them, a few at a time; the lines in their order."""
    return [line for lines in side_by_side.each(examined, attempts, AT_ONCE) for line in lines]


def examined(attempt: Attempt) -> Sequence[Checked]:
    try:
        said = attempt.attempt()
    except HeadwayError as error:
        return [checkup.failed(attempt.what, attempt.where, error, attempt.remedy, attempt.host)]
    return [checkup.sound(attempt.what, attempt.where, said)] if isinstance(said, str) else said


def programs() -> list[Attempt]:
    """What a worker starts, as it is found here."""
    return [
        Attempt("helm", HERE, lambda: Helm.find().version, "Install Helm 4.3 or newer, or set HEADWAY_HELM."),
        Attempt("sops", HERE, sops.version, "Install sops 3.10 or newer, or set HEADWAY_SOPS."),
        Attempt("git", HERE, _git_version, "Install git."),
        Attempt("memory for secrets", HERE, _memory, "Mount /dev/shm."),
    ]


def of(subject: Subject) -> list[Attempt]:
    """Everything that headway.yaml names, system by system, but clusters."""
    return [
        *(each for name in subject.application.services for each in _service(subject, name)),
        *(each for name in subject.environments for each in _charts(subject, name)),
        *_third_parties(subject),
        *(each for name in subject.environments for each in _secrets(subject, name)),
    ]


def clusters(subject: Subject, without: Collection[str] = ()) -> list[Attempt]:
    """Of all environments, but those whose block is among `without`: it is told already that it cannot be loaded."""
    names = [each for each in subject.environments if subject.application.cluster(each) not in without]
    return [_cluster(subject, name) for name in names]


def fetching(
    git: Callable[[], GitRepository], where: str, *, url: str, pushed: bool, remedy: str = _GIT_REMEDY
) -> Attempt:
    """Two lines for a branch: whether it can be fetched, and then, with `pushed`, whether it may be pushed to."""
    host = hosts.of_address(url)

    def attempt() -> Sequence[Checked]:
        fetched, *_ = examined(Attempt("git fetch", where, lambda: f"at {git().head()[:12]}", remedy, host))
        if not pushed:
            return [fetched]
        if fetched.verdict is not Verdict.OK:
            return [fetched, checkup.unknown("git push", where, "not before it can be fetched")]
        return [fetched, *examined(pushing(git(), where))]

    return Attempt("git fetch", where, attempt)


def pushing(git: GitRepository, where: str) -> Attempt:
    """To the branch that `git` is of, its head, which changes nothing."""

    def push() -> str:
        git.check_push(git.head())
        return "a dry run is taken; rules for the branch are not asked"

    return Attempt("git push", where, push, "Give Headway's user the right to push to it.")


def writing(workspace: Workspace) -> list[Attempt]:
    """How edits reach the application repository, whose head is known."""
    git, application = workspace.git, workspace.application
    if application.write == "push":
        return [pushing(git, f"{git.url} {git.branch}")]
    if application.write == "contents-api":
        return [by_api(lambda: git, workspace.systems)]
    return proposing(lambda: git, workspace.systems, application.application)


def by_api(git: Callable[[], GitRepository], systems: Systems) -> Attempt:
    """Whether the git host knows the token."""

    what, url = "git host's API", systems.access.git_url

    def ask() -> Sequence[Checked]:
        found = systems.forge.open_to(git().branch)
        said = f"it knows the token ({counted(len(found), 'pull request')} open)"
        return [checkup.unknown(what, url, f"{said}; {_WRITES}")]

    return Attempt(what, url, ask, "Correct the forge credentials.")


def proposing(git: Callable[[], GitRepository], systems: Systems, application: str) -> list[Attempt]:
    """By pull request: whether its branch may be pushed, and whether the git host knows the token."""
    branch, url = f"{PREFIX}{application}", systems.access.git_url

    def push() -> str:
        here = git()
        here.beside(branch).check_push(here.head())
        return "a dry run is taken; rules for the branch are not asked"

    what = "pull requests"

    def pull_requests() -> str | Sequence[Checked]:
        found = systems.forge.proposal(branch, git().branch)
        return f"{found.url} is open" if found else [checkup.unknown(what, url, f"none is open; {_WRITES}")]

    return [
        Attempt("git push", f"{url} {branch}", push, "Give Headway's user the right to push branches."),
        Attempt(what, url, pull_requests, "Correct the forge credentials."),
    ]


def _service(subject: Subject, name: str) -> Iterator[Attempt]:
    service = subject.application.services[name]
    branch = service.policy.branch
    where = f"{name}: {service.git} {branch}"

    def tags(repository: str) -> str:
        found = subject.systems.registry_of_declared(repository).tags(repository)
        return counted(len(found), "tag") if found else "no tag yet"

    remedy = "Correct `image:`, or name registry credentials: headway add --registry-credentials."
    git = partial(subject.systems.git, service.git, branch)
    fetched = fetching(git, where, url=service.git, pushed=service.version == "patch")
    chart = Attempt("chart", f"{name}: {service.chart}", lambda: _service_chart(git(), service.chart))

    def both() -> Sequence[Checked]:
        lines = examined(fetched)
        return [*lines, *examined(chart)] if lines[0].verdict is Verdict.OK else lines

    yield replace(fetched, attempt=both)
    for image in service.declared(name):
        place = f"{image.key}: {image.repository}"
        host = hosts.of_address(f"https://{image.repository}")
        yield Attempt("registry", place, partial(tags, image.repository), remedy, host)


def _service_chart(git: GitRepository, folder: str) -> str:
    """Without what it renders: that it is there, and its lock, which Headway writes for no service."""
    paths = {posixpath.normpath(f"{folder}/{name}"): name for name in chart_locks.FILES}
    files = {paths[path]: data for path, data in git.read_all(git.head(), [*paths]).items()}
    if "Chart.yaml" not in files:
        raise BadInput(
            "there is no Chart.yaml", next_step="Correct `chart:` of the service, or push its chart."
        )
    found = chart_locks.read(files)
    if found.wanting:
        next_step = f"Run helm dependency update {folder}, and commit {found.lock_name}."
        raise BadInput(found.wanting, where=found.lock_name, next_step=next_step)
    return f"{found.chart.name} {found.chart.version}"


def _charts(subject: Subject, name: str) -> Iterator[Attempt]:
    url = subject.environments[name].charts
    where = f"{name}: {url}"

    def read() -> str:
        offered = subject.systems.chart_repository(url).entries(subject.chart_name)
        return f"{subject.chart_name} {offered[0].version} is the newest" if offered else "no version yet"

    def write() -> str:
        subject.systems.chart_repository(url).check_write()
        return "a write is allowed"

    remedy = "Make the bucket or folder; name S3 credentials: headway add --s3-credentials."
    s3 = subject.systems.access.repositories.s3
    host = (s3 and s3.endpoint_url) or "S3" if url.startswith("s3://") else hosts.of_address(url)
    yield Attempt("charts read", where, read, remedy, host)
    yield Attempt("charts write", where, write, remedy, host)


def _third_parties(subject: Subject) -> Iterator[Attempt]:
    """One line for each of their repositories."""
    what = "third parties' charts"
    try:
        named = third_parties.by_repository(subject.files, subject.application.services)
    except BadInput as error:
        yield Attempt(what, "Chart.yaml", _raising(error))
        return
    remedy = 'Correct its address in Chart.yaml; or commit the chart to charts/, and write repository: "".'
    for url, wanted in named.items():
        yield Attempt(what, url, partial(third_parties.offered, url, wanted), remedy, hosts.of_address(url))


def _cluster(subject: Subject, name: str) -> Attempt:
    """Three lines: whether it answers, and then whether the namespace is there, and what may be done in it."""
    application = subject.application
    block, namespace = application.cluster(name), application.namespace(name)
    where, place = f"{name}: {block}", f"{name}: {block}/{namespace}"

    def version() -> str:
        return f"Kubernetes {subject.systems.cluster(block).version()}"

    def there() -> str | Sequence[Checked]:
        if subject.systems.cluster(block).api.find(f"/api/v1/namespaces/{namespace}") is not None:
            return "is there"
        what = "there is none yet: the first release makes it, if it may"
        return [checkup.unknown("namespace", place, what, f"kubectl create namespace {namespace}")]

    def allowed() -> Sequence[Checked]:
        found = rights.lacking(subject.systems.cluster(block), namespace)
        return checkup.granted("rights", place, found, asked=len(RIGHTS))

    def attempt() -> Sequence[Checked]:
        remedy = f"Save its block: headway add URL --cluster {name}=CONTEXT."
        answered, *_ = examined(Attempt("cluster", where, version, remedy))
        if answered.verdict is not Verdict.OK:
            said = "not before the cluster answers"
            return [answered, *(checkup.unknown(what, place, said) for what in ("namespace", "rights"))]
        return [
            answered,
            *examined(Attempt("namespace", place, there, checkup.GRANT)),
            *examined(Attempt("rights", place, allowed)),
        ]

    return Attempt("cluster", where, attempt)


def _secrets(subject: Subject, name: str) -> Iterator[Attempt]:
    environment = subject.environments[name]
    keys = subject.systems.access.sops

    def opened(path: str) -> str | Sequence[Checked]:
        if not is_encrypted(subject.files[path]):
            raise BadInput(
                "it is not encrypted by sops", next_step=f"sops encrypt --age RECIPIENT --in-place {path}"
            )
        try:
            sops.decrypt(subject.files[path], path, keys)
        except MissingKey:
            if keys.age:
                raise
            return [
                checkup.unknown(
                    "secrets",
                    f"{name}: {path}",
                    "no key of this machine opens it",
                    "Ask again where the worker runs; it needs the key (SOPS_AGE_KEY_FILE, sops_age_key of the block).",
                )
            ]
        return "can be decrypted here"

    try:
        paths = environment_values.chosen(subject.files, environment.secret_files(name))
    except BadInput as error:
        yield Attempt("secrets", name, _raising(error))
        return
    for path in paths:
        yield Attempt("secrets", f"{name}: {path}", lambda path=path: opened(path))  # type: ignore[misc]


def _raising(error: HeadwayError) -> Callable[[], str]:
    def attempt() -> str:
        raise error

    return attempt


def _git_version() -> str:
    said = command.run(["git", "--version"], timeout=30).stdout.decode("utf-8", "replace")
    return said.strip().removeprefix("git version ")


def _memory() -> str:
    if not Path(MEMORY).is_dir():
        raise BadInput("it is missing, and secrets are never written to a disk", where=str(MEMORY))
    return str(MEMORY)

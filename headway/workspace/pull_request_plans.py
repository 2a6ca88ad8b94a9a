"""What pull requests to the application's branch would change, as comments on them: nothing else is written anywhere.

Whoever may push a branch has written what is rendered here. So it is given nothing that is worth reading: no key of sops, no
cluster, and of other systems only what the branch itself names, as headway.yaml and policy are those of the branch.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from headway.clients import side_by_side
from headway.clients.forge import PullRequest
from headway.clients.helm import chart as helm_client
from headway.clients.helm import packaging
from headway.clients.kubernetes.schemas import manifest_schemas
from headway.clients.sops import memory_files
from headway.decide.review import plan, pull_request_comment
from headway.decide.review.plan import Candidate, DigestKey, Running
from headway.decide.review.pull_request_comment import Planned
from headway.errors import BadInput, Conflict, Terminal
from headway.formats import application_files, manifests, values_schemas
from headway.formats.manifests import Key, Resource
from headway.model.charts import ChartEntry
from headway.workspace import chart_findings, environment_values, remembered, validation
from headway.workspace.application_source import HEADWAY_YAML
from headway.workspace.chart_source import ChartSource
from headway.workspace.environment_values import EnvironmentValues
from headway.workspace.vendoring import vendored
from headway.workspace.workspace import Workspace

A_LOOK = 5
"""Pull requests that are planned in one look; the others are by the next ones."""
_CRDS, _HOOK = "/crds/", "helm.sh/hook"
_NO_SECRETS = DigestKey(b"nothing in it is secret", stored=False)
"""The same at every look: what is marked as hidden stands in the repository, for whoever may read the comment."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class PullRequestPlans:
    """Of one look at an application: the branch as that has it is rendered once, for all of them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._file = workspace.cache / "plans" / f"{workspace.application.application}.json"

    def due(self) -> list[PullRequest]:
        """The open ones that something has changed for since they were told, the newest first. One request."""
        found = self._open()
        said = remembered.read(self._file)
        known = {key: value for key, value in said.items() if key in {str(each.number) for each in found}}
        if known != said:
            remembered.write(self._file, known)
        return [each for each in found if known.get(str(each.number)) != self._state(each)][:A_LOOK]

    def find(self, number: int) -> PullRequest:
        """BadInput where it is not one that is open, to this branch, from a branch of the repository itself."""
        found = next((each for each in self._open() if each.number == number), None)
        if found is None:
            git = self._workspace.git
            raise BadInput(
                f"pull request {number} is not open to {git.branch}, comes from a fork, or is none of the newest",
                where=git.url,
                next_step="A fork's is never planned: push its branch to the repository itself.",
            )
        return found

    def comment(self, pull: PullRequest) -> str:
        """What is to be said on it. Raises Unreachable, Conflict where its branch has gone."""
        git, base = self._workspace.git, self._base
        head = git.beside(pull.head).find_head()
        if head is None:
            raise Conflict("its branch is gone", where=pull.url, next_step="It is looked at again.")
        tree = git.merged(base.commit, head)
        if tree is None:
            return pull_request_comment.of_conflict(git.branch, head)
        try:
            rendered = self._render(tree, base)
        except Terminal as error:
            return pull_request_comment.of_trouble(git.branch, head, str(error))
        planned = [self._planned(name, base, rendered) for name in self._workspace.application.environments]
        return pull_request_comment.of(git.branch, head, planned, [*base.notes, *self._unseen(tree)])

    def tell(self, pull: PullRequest, text: str) -> bool:
        """Whether anything was written. Raises what Forge says."""
        mark = f"plan {self._workspace.application.application}"
        written = self._workspace.systems.forge.comment(pull.number, mark, text)
        said = {**remembered.read(self._file), str(pull.number): self._state(pull)}
        remembered.write(self._file, said)
        return written

    def _open(self) -> Sequence[PullRequest]:
        return self._workspace.systems.forge.open_to(self._workspace.git.branch)

    def _state(self, pull: PullRequest) -> str:
        """All that its plan follows from."""
        workspace = self._workspace
        declared = workspace.application.model_dump_json()
        said = repr((pull.head_commit, workspace.source.commit, declared))
        return hashlib.sha256(said.encode()).hexdigest()[:32]

    @cached_property
    def _base(self) -> "_Base":
        """The branch itself; where that does not render, everything is new to it."""
        workspace = self._workspace
        commit = workspace.source.commit
        addresses = frozenset(each.repository for each in workspace.source.files.chart_yaml.dependencies)
        nothing = _Base(commit, addresses, {}, ())
        try:
            rendered = self._render(commit, nothing)
        except Terminal as error:
            return replace(nothing, notes=(f"{workspace.git.branch} itself does not render: {error}",))
        broken = [name for name, each in rendered.items() if each.findings and not each.resources]
        notes = (f"{workspace.git.branch} itself does not render for {', '.join(broken)}",) if broken else ()
        return replace(nothing, rendered=rendered, notes=notes)

    def _render(self, tree: str, base: "_Base") -> dict[str, "_Rendered"]:
        """For each environment. Raises Terminal for a chart that cannot be put together or would have Helm fetch something."""
        workspace = self._workspace
        application = workspace.application
        with self._written(tree, base) as folder:
            files = _read(folder)
            if outside := values_schemas.leading_outside(files):
                raise BadInput("\n".join(map(": ".join, outside.items())), where="values.schema.json")
            environments = [
                environment_values.without_secrets(application, files, name)
                for name in application.environments
            ]
            report = validation.validate_chart(folder, environments, helm=workspace.helm)
            written = [*map(str, chart_findings.of_application(application, files))]
            first = {each.environment: each.text for each in report.renders}
            again = self._again(folder, [each for each in environments if each.environment in first])
        found = {}
        for name in application.environments:
            findings = [
                f"{each.where}: {each.what}"
                for each in report.findings
                if not each.environments or name in each.environments
            ]
            text = first.get(name, "")
            found[name] = _Rendered(
                _resources(text), _resources(again.get(name, "")), _definitions(text), (*written, *findings)
            )
        return found

    def _again(self, folder: Path, environments: Sequence[EnvironmentValues]) -> dict[str, str]:
        """What every render makes anew differs in a second one."""
        helm, version = self._workspace.helm, ".".join(map(str, manifest_schemas().schema_version("")))

        def render(values: EnvironmentValues) -> str:
            with memory_files(values.layers) as files:
                done = helm_client.template(
                    helm,
                    folder,
                    release=values.release,
                    namespace=values.namespace,
                    values=files,
                    kube_version=version,
                )
            return done.manifests.decode(errors="replace")

        names = [each.environment for each in environments]
        return dict(zip(names, side_by_side.each(render, environments, validation.AT_ONCE), strict=True))

    @contextmanager
    def _written(self, tree: str, base: "_Base") -> Iterator[Path]:
        """The chart of a tree in a folder, with its dependencies in it."""
        workspace = self._workspace
        folder_of, git = workspace.application.chart, workspace.git
        with tempfile.TemporaryDirectory(prefix="headway-plan-") as scratch:
            folder = Path(scratch)
            ChartSource(git, folder_of, tree, None, "manual").write(folder)
            self._lock(tree, folder, base)
            packages = vendored(workspace, folder, git.url).packages
            packaging.vendor(folder, packages)
            yield folder

    def _lock(self, tree: str, folder: Path, base: "_Base") -> None:
        """As a delivery would write it, where the dependencies were changed. BadInput for an address that the branch does not
        name: nobody has said yes to it."""
        workspace = self._workspace
        chart = workspace.application.chart
        found = workspace.git.read_all(tree, application_files.paths(chart))
        files = application_files.read(found, chart)
        strange = [
            each for each in files.chart_yaml.dependencies if each.repository not in {"", *base.addresses}
        ]
        if strange:
            raise BadInput(
                f"{strange[0].name} comes from {strange[0].repository}, which {workspace.git.branch} does not name",
                where=files.path("Chart.yaml"),
                next_step="Nothing is fetched from there before it is merged.",
            )
        lock = application_files.refreshed_lock(files, workspace.application, {}, _NEVER)
        if lock is not None and lock != files.lock:
            (folder / files.lock_name).write_text(lock, encoding="utf-8", newline="")

    def _planned(self, name: str, base: "_Base", rendered: Mapping[str, "_Rendered"]) -> Planned:
        application, now = self._workspace.application, rendered[name]
        before = base.rendered.get(name, _Rendered())
        if not now.resources and now.findings:
            return Planned(name, findings=now.findings)
        made = plan.make(
            application.release_ref(name),
            Running(resources=before.resources, namespace=application.namespace(name)),
            Candidate(ChartEntry("", "", "", "", _NEVER), now.resources, now.again),
            _NO_SECRETS,
            (),
        )
        definitions = [
            str(key) for key, each in now.definitions.items() if before.definitions.get(key) != each
        ]
        return Planned(name, made, tuple(definitions), now.findings)

    def _unseen(self, tree: str) -> Iterator[str]:
        workspace = self._workspace
        git, application, base = workspace.git, workspace.application, workspace.source.commit
        changed = {*git.changed_paths(base, tree)}
        for path in filter(None, (HEADWAY_YAML, workspace.policy_path)):
            if path in changed:
                yield f"{path} is changed: planned is by that of {git.branch}"
        files = workspace.source.files
        secret = {
            files.path(path)
            for each in application.environments
            for path in application.environments[each].secret_files(each).paths
        }
        for path in sorted(secret & changed):
            yield f"{path} is changed: which values, nobody is told here"


@dataclass(frozen=True, slots=True)
class _Rendered:
    """Of one environment."""

    resources: tuple[Resource, ...] = ()
    again: tuple[Resource, ...] = ()
    definitions: Mapping[Key, Mapping[str, object]] = field(default_factory=dict)
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Base:
    commit: str
    addresses: frozenset[str]
    """Of chart repositories, that its dependencies name."""
    rendered: Mapping[str, _Rendered]
    notes: tuple[str, ...]


def _resources(text: str) -> tuple[Resource, ...]:
    """Of Helm's text, without crds/, hooks known as such."""
    ours = _from_crds(text)
    return tuple(_as_hook(each) for each in manifests.split(text) if each.key not in ours)


def _definitions(text: str) -> dict[Key, Mapping[str, object]]:
    ours = _from_crds(text)
    return {each.key: each.document for each in manifests.split(text) if each.key in ours} if ours else {}


def _from_crds(text: str) -> set[Key]:
    if _CRDS not in text:
        return set()
    return {key for key, path in manifests.sources(text).items() if _CRDS in path}


def _as_hook(resource: Resource) -> Resource:
    events = manifests.mapping(resource.document, "metadata", "annotations").get(_HOOK)
    return (
        replace(resource, events=tuple(map(str.strip, events.split(","))))
        if isinstance(events, str)
        else resource
    )


def _read(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

"""Helm in this process: the verbs that Headway uses, on the charts and clusters of these tests.

Stands in for the binary alone: command lines are built, and what helm leaves in the cluster is read, by the code that ships.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import yaml

from headway.clients.command import Completed
from headway.clients.helm.command import Helm, Option
from headway.formats.known_secrets import redact
from tests.fast.memory import charts
from tests.fast.memory.api_server import ApiServer
from tests.fast.memory.charts import ChartError
from tests.fast.memory.helm_storage import HelmError, HelmRelease
from tests.fast.memory.objects import ApiError, Object, ObjectStore

Options = Mapping[str, Option]


class RunKilled(BaseException):
    """The whole process is gone, in the middle of an upgrade. No `except Exception` of it runs."""


Mishap = Literal["the run is killed", "helm is killed", "the API server goes away"] | str
"""In the middle of an upgrade. Any other text: helm fails with it, after its revision was written."""


@dataclass
class Clusters:
    """By the address that their kubeconfigs name, and what goes wrong with helm there."""

    servers: dict[str, ApiServer] = field(default_factory=dict)
    mishaps: dict[str, list[Mishap]] = field(default_factory=dict)
    """By chart version, one for each time that helm brings it."""
    calls: list[str] = field(default_factory=list)
    """Verbs that were run; "dry-run" for an upgrade that only renders."""

    def of(self, kubeconfig: Path) -> ApiServer:
        document = yaml.load(kubeconfig.read_text(), yaml.CSafeLoader)
        return self.servers[document["clusters"][0]["cluster"]["server"]]


class MemoryHelm(Helm):
    """A Helm whose processes are calls."""

    clusters: Clusters

    @classmethod
    def on(cls, clusters: Clusters) -> "MemoryHelm":
        helm = cls("helm", "4.3.1")
        object.__setattr__(helm, "clusters", clusters)
        return helm

    def run(
        self,
        verb: str,
        operands: Sequence[str | Path],
        options: Options | None = None,
        *,
        timeout: float,
        env: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
        **_: Any,
    ) -> Completed:
        running = self.start(verb, operands, options, env=env, secrets=secrets)
        done = running.wait(timeout)
        assert done
        return done

    def start(
        self,
        verb: str,
        operands: Sequence[str | Path],
        options: Options | None = None,
        *,
        env: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
        **_: Any,
    ) -> "MemoryRunning":
        options = options or {}
        self.argv(verb, operands, options)
        self.clusters.calls.append("dry-run" if options.get("dry-run") else verb)
        running = MemoryRunning(secrets)
        try:
            match verb:
                case "package":
                    name, data = charts.package(
                        charts.load(Path(operands[0])), int((env or {})["SOURCE_DATE_EPOCH"])
                    )
                    (Path(str(options["destination"])) / name).write_bytes(data)
                    running.end()
                case "lint":
                    running.end(*_linted(Path(operands[0]), options))
                case "template":
                    running.end(_templated(operands, options))
                case _:
                    Action(self.clusters, operands, options, running).act(verb)
        except (ChartError, HelmError, ApiError) as error:
            running.end(stderr=f"Error: {error}")
        return running


@dataclass
class MemoryRunning:
    """A helm that has ended, or waits for pods until it is asked once more, or ended."""

    secrets: Sequence[str] = ()
    completed: Completed | None = None
    give_up: Callable[[], str] | None = None
    """Makes the end of a wait in vain; what it returns is said on stderr."""
    seconds: float = 0.0
    _asked: bool = False

    def end(self, stdout: str = "", stderr: str = "", code: int | None = None) -> None:
        code = (1 if stderr else 0) if code is None else code
        self.completed = Completed(stdout.encode(), redact(stderr, self.secrets), code, 0.1)

    def wait(self, timeout: float | None = None) -> Completed | None:  # noqa: ARG002
        if self.completed is None and self._asked and self.give_up:
            self.end(stderr=f"Error: {self.give_up()}")
        self._asked = True
        return self.completed

    def terminate(self, grace: float = 0.0) -> Completed:  # noqa: ARG002
        if self.completed is None:
            self.end(code=-15)
        assert self.completed
        return self.completed

    def __enter__(self) -> "MemoryRunning":
        return self

    def __exit__(self, *_: object) -> None:
        self.terminate()


class Action:
    """One verb on one release in one cluster."""

    def __init__(
        self, clusters: Clusters, operands: Sequence[str | Path], options: Options, running: MemoryRunning
    ) -> None:
        self.clusters, self.operands, self.options, self.running = clusters, operands, options, running
        self.server = clusters.of(Path(str(options["kubeconfig"])))
        if self.server.away:
            raise HelmError("Kubernetes cluster unreachable: connection refused")
        self.namespace = str(options["namespace"])
        self.release = HelmRelease(self.server.store, self.namespace, str(operands[0]))
        self.history = self.release.history()

    def act(self, verb: str) -> None:
        {"upgrade": self.upgrade, "rollback": self.rollback, "uninstall": self.uninstall}[verb]()

    def upgrade(self) -> None:
        chart = charts.load(Path(self.operands[1]))
        config = charts.given(list(self.options["values"]))  # type: ignore[call-overload]
        revision = self.release.next_revision(self.history)
        rendered = charts.render(chart, config, release=self.release.name, namespace=self.namespace)
        document = self.release.document(chart, config, rendered, revision, "Preparing upgrade")
        if self.options.get("dry-run"):
            self.running.end(json.dumps(document))
            return
        self._bring(document, str(self.options.get("description") or ""), "UPGRADE FAILED")

    def rollback(self) -> None:
        number = int(self.operands[1])
        target = next((each for each in self.history if each["version"] == number), None)
        if target is None:
            raise HelmError("release: not found")
        now = datetime.now(UTC).isoformat()
        info = {**target["info"], "status": "pending-rollback", "last_deployed": now}
        document = {**target, "version": self.history[0]["version"] + 1, "info": info}
        self._bring(document, str(self.options.get("description") or ""), "ROLLBACK FAILED")

    def uninstall(self) -> None:
        for each in resources(self.history[0]):
            kept = (each["metadata"].get("annotations") or {}).get("helm.sh/resource-policy") == "keep"
            path = self.server.store.path(each, self.namespace)
            if not kept and self.server.store.find(path):
                self.server.store.delete(path)
        for document in self.history:
            self.release.delete(document)
        self.running.end()

    def _bring(self, document: Object, description: str, failure: str) -> None:
        """Helm's order: the pending revision, the objects, the wait, then what became of it."""
        self.release.create(document)
        mishaps = self.clusters.mishaps.get(document["chart"]["metadata"]["version"])
        mishap = mishaps.pop(0) if mishaps else None
        if mishap == "the API server goes away":
            self.server.away = True
            raise HelmError(f"{failure}: Kubernetes cluster unreachable: connection refused")
        self._apply(document)
        if mishap == "the run is killed":
            self.server.away = True
            raise RunKilled(f"killed while revision {document['version']} was pending")
        if mishap == "helm is killed":
            self.running.end(code=-9)
            return
        if mishap:
            self._end(document, "failed", f"Release failed: {mishap}")
            raise HelmError(f"{failure}: {mishap}")
        if unready := self.server.kubelet.unready(self.namespace):
            why = f"resource Deployment/{self.namespace}/{unready[0]} not ready. status: InProgress\ncontext deadline exceeded"
            self.running.give_up = lambda: self._timed_out(document, f"{failure}: {why}")
            return
        for each in self.history:
            if each["info"]["status"] == "deployed":
                each["info"]["status"] = "superseded"
                self.release.update(each)
        self._end(document, "deployed", description)
        self._prune()
        self.running.end()

    def _timed_out(self, document: Object, why: str) -> str:
        self._end(document, "failed", why)
        return why

    def _end(self, document: Object, status: str, description: str) -> None:
        document["info"] |= {"status": status, "description": description}
        self.release.update(document)

    def _apply(self, document: Object) -> None:
        store = self.server.store
        before = {store.path(each, self.namespace) for old in self.history[:1] for each in resources(old)}
        now = set()
        for each in resources(document):
            now.add(apply(store, each, self.release.name, self.namespace))
        for path in before - now:
            if store.find(path):
                store.delete(path)

    def _prune(self) -> None:
        limit = int(str(self.options.get("history-max") or 0))
        for document in self.release.history()[limit:] if limit else ():
            if document["info"]["status"] != "deployed":
                self.release.delete(document)


def apply(store: ObjectStore, resource: Object, release: str, namespace: str) -> str:
    """As Helm applies it; its path."""
    path = store.path(resource, namespace)
    store.apply(path, _owned(resource, release, namespace))
    return path


def _owned(resource: Object, release: str, namespace: str) -> Object:
    """With Helm's marks of ownership."""
    metadata = dict(resource["metadata"])
    metadata["namespace"] = metadata.get("namespace") or namespace
    metadata["labels"] = {**(metadata.get("labels") or {}), "app.kubernetes.io/managed-by": "Helm"}
    metadata["annotations"] = {
        **(metadata.get("annotations") or {}),
        "meta.helm.sh/release-name": release,
        "meta.helm.sh/release-namespace": namespace,
    }
    return {**resource, "metadata": metadata}


def resources(document: Object) -> list[Object]:
    return [each for each in yaml.load_all(document["manifest"], yaml.CSafeLoader) if each]


def _linted(folder: Path, options: Options) -> tuple[str, str]:
    chart = charts.load(folder)
    said = charts.lint(chart)
    if not said:
        try:
            charts.render(
                chart,
                charts.given(list(options["values"])),
                release="test-release",
                namespace="default",
                linting=True,
            )  # type: ignore[call-overload]
        except ChartError as error:
            said = f"templates/: {error}"
    return (f"[ERROR] {said}", "Error: 1 chart(s) linted, 1 chart(s) failed") if said else ("", "")


def _templated(operands: Sequence[str | Path], options: Options) -> str:
    chart = charts.load(Path(operands[1]))
    rendered = charts.render(
        chart,
        charts.given(list(options["values"])),  # type: ignore[call-overload]
        release=str(operands[0]),
        namespace=str(options["namespace"]),
    )
    hooks = [f"---\n# Source: {hook['path']}\n{hook['manifest'].strip()}\n" for hook in rendered.hooks]
    return "".join([rendered.manifest, *hooks])

"""The application under test: what people and CI do to it, and what its systems say, read without Headway."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows.deliver import deliver
from flows.release import release
from headway.clients import private_files
from headway.clients.chart_repository import ReadableChartRepository, open_repository
from headway.clients.git.mirror import Mirror
from headway.formats import chart_package
from tests.fast.charts_of_shop import service_files, umbrella_files
from tests.fast.memory import prefect_runs
from tests.fast.memory.api_server import ApiServer
from tests.fast.memory.helm import Clusters, Mishap, RunKilled, apply, resources
from tests.fast.memory.helm_storage import HelmRelease
from tests.fast.memory.objects import Object
from tests.fast.memory.registry import MemoryRegistry
from tests.git_remote import GitRemote

REGISTRY = "registry.example.com"
TESTS_IMAGE = f"{REGISTRY}/shop/tests:1"


@dataclass
class Systems:
    """What the clients of a flow speak to, in the places of real systems."""

    clusters: Clusters = field(default_factory=Clusters)
    registry: MemoryRegistry = field(default_factory=MemoryRegistry)


@dataclass
class Shop:
    """Services and umbrella in git, chart repositories in folders; a cluster for each environment."""

    folder: Path
    systems: Systems
    name: str = "shop"
    services: tuple[str, ...] = ("cart",)
    environments: tuple[str, ...] = ("testing", "staging")

    def begin(self, more: str = "", **keys: Mapping[str, str]) -> "Shop":
        """Make all that is there before the first delivery; `keys` of each environment by its name, `more` lines at the end."""
        self.folder.mkdir(parents=True)
        for name in self.environments:
            (self.folder / "charts" / name).mkdir(parents=True)
            self.systems.clusters.servers[self.host(name)] = ApiServer(self.host(name))
        for name in self.services:
            GitRemote.made(self.folder / f"{name}.git", service_files(name))
            self.build(name)
        self.systems.registry.push("shop/tests", "1")
        files = {"headway.yaml": self._headway_yaml(keys) + more, **umbrella_files(self.name, self.services)}
        GitRemote.made(self.folder / "application.git", files)
        return self

    def _headway_yaml(self, keys: Mapping[str, Mapping[str, str]]) -> str:
        lines = [f"application: {self.name}", "services:" if self.services else "services: {}"]
        lines += [
            f"  {name}: {{git: '{self.service(name).url}', image: {REGISTRY}/shop/{name}}}"
            for name in self.services
        ]
        lines.append("environments:")
        for at, name in enumerate(self.environments):
            lines += [f"  {name}:", f"    charts: file://{self.folder}/charts/{name}"]
            lines += (
                [f"    after: {self.environments[at - 1]}"]
                if at and "after" not in keys.get(name, {})
                else []
            )
            lines += [f"    {key}: {value}" for key, value in keys.get(name, {}).items()]
        lines += ["tests:", f"  - {{name: buy-something, image: '{TESTS_IMAGE}', timeout: 2s}}", ""]
        return "\n".join(lines)

    # What people and CI do.

    @property
    def git(self) -> GitRemote:
        """The application repository."""
        return GitRemote(self.folder / "application.git")

    def service(self, name: str = "cart") -> GitRemote:
        return GitRemote(self.folder / f"{name}.git")

    def build(self, name: str = "cart", *, revision: str | None = None) -> str:
        """CI builds the head of a service; its image."""
        head = self.service(name).head
        tag = f"main-{head[:7]}"
        self.systems.registry.push(f"shop/{name}", tag, revision=head if revision is None else revision)
        return f"{REGISTRY}/shop/{name}:{tag}"

    def change_code(self, name: str = "cart", text: str = "package main // changed\n") -> str:
        """A person pushes code, and CI builds it; the image."""
        self.service(name).push({"main.go": text}, "Change the code")
        return self.build(name)

    def tag(self, name: str = "cart") -> str:
        return f"main-{self.service(name).head[:7]}"

    @contextmanager
    def quarrel(self, environment: str, part: str, act: Any) -> Iterator[None]:
        """`act` happens in the cluster right before the next write to `part`, such as "PUT /configmaps"."""
        waiting = (part, act)
        self.cluster(environment).meanwhile.append(waiting)
        yield
        assert waiting not in self.cluster(environment).meanwhile, f"nobody sent a {part}"

    @contextmanager
    def charts_away(self, environment: str) -> Iterator[None]:
        """The chart repository of an environment is not there meanwhile."""
        folder = self.folder / "charts" / environment
        folder.rename(self.folder / "away")
        try:
            yield
        finally:
            (self.folder / "away").rename(folder)

    @staticmethod
    @contextmanager
    def git_away() -> Iterator[None]:
        """No git remote answers meanwhile."""
        attempt = Mirror.attempt

        def unanswered(self: Mirror, *arguments: str, **keys: Any) -> tuple[int, bytes, str]:
            if arguments[0] in ("fetch", "push"):
                return 128, b"", "fatal: unable to connect to git.example.com: Connection refused"
            return attempt(self, *arguments, **keys)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Mirror, "attempt", unanswered)
            yield

    @staticmethod
    @contextmanager
    def mirrors_closed() -> Iterator[None]:
        """Nobody may write what is kept of git on this machine meanwhile: a disk in trouble, another user's folder."""
        locks = [*(private_files.cache() / "git").glob("*.lock")]
        for each in locks:
            each.unlink()
            each.mkdir()
        try:
            yield
        finally:
            for each in locks:
                each.rmdir()

    def forget_record(self, environment: str = "testing") -> None:
        """As if Headway had never been here: what is released looks like a person's."""
        store = self.cluster(environment).store
        namespace = self.namespace(environment)
        store.delete(f"/api/v1/namespaces/{namespace}/configmaps/headway.{self.name}")

    def upgrade_by_hand(
        self,
        environment: str = "testing",
        *,
        version: str = "9.9.9",
        status: str = "deployed",
        manifest: tuple[str, str] = ("", ""),
    ) -> None:
        """A person's helm upgrade of the same objects; `manifest`: a text in it, and what stands in its place then."""
        helm = self.helm(environment)
        newest = helm.history()[0]
        document = json.loads(json.dumps(newest))
        document["version"] += 1
        document["chart"]["metadata"]["version"] = version
        document["manifest"] = document["manifest"].replace(*manifest)
        document["info"] |= {"status": status, "description": "Upgrade complete"}
        helm.create(document)
        if status == "deployed":
            newest["info"]["status"] = "superseded"
            helm.update(newest)

    def rollback_by_hand(self, revision: int, environment: str = "testing") -> None:
        """A person's helm rollback: a new revision with the content of an old one."""
        helm = self.helm(environment)
        newest = helm.history()[0]
        document = next(each for each in helm.history() if each["version"] == revision)
        document = json.loads(json.dumps(document))
        document["version"] = newest["version"] + 1
        document["info"] |= {"status": "deployed", "description": f"Rollback to {revision}"}
        helm.create(document)
        for each in resources(document):
            apply(self.cluster(environment).store, each, self.name, self.namespace(environment))
        newest["info"]["status"] = "superseded"
        helm.update(newest)

    def mishap(self, version: str, what: Mishap) -> None:
        """In the middle of the next helm run that brings this version of the application."""
        self.systems.clusters.mishaps.setdefault(version, []).append(what)

    def release_killed(self, environment: str, version: str) -> None:
        """A release whose process is killed in the upgrade to `version`; the cluster lives on without it."""
        self.mishap(version, "the run is killed")
        with pytest.raises(RunKilled):
            release(self.name, environment)
        self.cluster(environment).away = False

    def time_passes(self, environment: str, by: timedelta = timedelta(hours=1)) -> None:
        """As if what is written in the cluster had been written earlier: leases expire, pauses between tries end."""
        store = self.cluster(environment).store
        for path, each in store.objects.items():
            if "/leases/" in path:
                renewed = datetime.fromisoformat(each["spec"]["renewTime"]) - by
                each["spec"]["renewTime"] = renewed.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            if path.endswith(f"/configmaps/headway.{self.name}"):
                each["data"]["record.json"] = _earlier(each["data"]["record.json"], by)

    # What Headway is asked for.

    def deliver(self) -> list[tuple[str, str]]:
        """Deliver, and execute what that starts: environment and state of each release run."""
        deliver(self.name)
        return prefect_runs.work()

    @staticmethod
    def work() -> list[tuple[str, str]]:
        """Execute what is scheduled."""
        return prefect_runs.work()

    def deliver_all(self) -> None:
        """Until nothing is started any more."""
        while self.deliver():
            pass

    def release(self, environment: str = "testing", **keys: Any) -> State:
        state: State = release(self.name, environment, return_state=True, **keys)
        return state

    # What is so.

    @staticmethod
    def host(environment: str) -> str:
        return f"https://{environment}.example.com"

    def cluster(self, environment: str = "testing") -> ApiServer:
        return self.systems.clusters.servers[self.host(environment)]

    def namespace(self, environment: str = "testing") -> str:
        return f"{self.name}-{environment}"

    def live(self, kind_and_name: str, environment: str = "testing") -> Object | None:
        """Such as "deployments/cart"."""
        kind, _, name = kind_and_name.partition("/")
        group = {"deployments": "/apis/apps/v1", "jobs": "/apis/batch/v1"}.get(kind, "/api/v1")
        return self.cluster(environment).store.find(
            f"{group}/namespaces/{self.namespace(environment)}/{kind}/{name}"
        )

    def image(self, environment: str = "testing", service: str = "cart") -> str:
        """That the service's Deployment runs."""
        found = self.live(f"deployments/{service}", environment)
        assert found, f"{service} does not run in {environment}"
        return str(found["spec"]["template"]["spec"]["containers"][0]["image"])

    def helm(self, environment: str = "testing") -> HelmRelease:
        return HelmRelease(self.cluster(environment).store, self.namespace(environment), self.name)

    def history(self, environment: str = "testing") -> list[tuple[int, str, str]]:
        """Revision, status and chart version in Helm's storage, the oldest first."""
        return [
            (each["version"], each["info"]["status"], each["chart"]["metadata"]["version"])
            for each in reversed(self.helm(environment).history())
        ]

    def record(self, environment: str = "testing") -> dict[str, Any]:
        found = self.live(f"configmaps/headway.{self.name}", environment)
        return json.loads(found["data"]["record.json"]) if found else {}

    def good(self, environment: str = "testing") -> list[str]:
        """Versions that passed their tests, the newest first."""
        return [each["version"] for each in self.record(environment).get("good", ())]

    def rejected(self, environment: str = "testing") -> list[str]:
        return [each["version"] for each in self.record(environment).get("verdicts", ())]

    def repository(self, environment: str = "testing") -> ReadableChartRepository:
        return open_repository(f"file://{self.folder}/charts/{environment}")

    def audit(self, environment: str = "testing") -> list[tuple[str, str, str, str]]:
        """Decision, version, who and why, the newest first."""
        return [
            (each["kind"], each["version"], each["by"], each["why"])
            for each in self.record(environment).get("audit", ())
        ]

    def descriptions(self, environment: str = "testing") -> list[str]:
        """Of Helm's revisions, the oldest first."""
        return [each["info"]["description"] for each in reversed(self.helm(environment).history())]

    def offered(self, environment: str = "testing", chart: str | None = None) -> list[str]:
        """Versions in the index of an environment's repository, the newest first."""
        return [entry.version for entry in self.repository(environment).entries(chart or self.name)]

    def packages(self, environment: str = "testing") -> list[str]:
        return sorted(each.name for each in (self.folder / "charts" / environment).glob("*.tgz"))

    def packaged(self, version: str, environment: str = "testing") -> dict[str, bytes]:
        (entry,) = [
            each for each in self.repository(environment).entries(self.name) if each.version == version
        ]
        return chart_package.files(self.repository(environment).read(entry))

    def everything(self) -> dict[str, Any]:
        """All that Headway may write: heads, chart folders, objects of clusters but for the lease."""
        return {
            "heads": [self.git.head, *(self.service(name).head for name in self.services)],
            "charts": {
                str(each.relative_to(self.folder)): each.read_bytes()
                for each in sorted((self.folder / "charts").rglob("*"))
                if each.is_file() and each.name != ".lock"
            },
            "objects": {
                name: {
                    path: each
                    for path, each in self.cluster(name).store.objects.items()
                    if "/leases/" not in path
                }
                for name in self.environments
            },
        }

    def report(self, what: str = "delivery") -> str:
        """The artifact that a flow left."""
        return prefect_runs.artifact(f"{self.name}-{what}")


def copied(folder: Path, to: Path) -> None:
    """`to` becomes what `folder` is."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(folder, to, symlinks=True)


def _earlier(text: str, by: timedelta) -> str:
    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: moved(each) for key, each in value.items()}
        if isinstance(value, list):
            return [moved(each) for each in value]
        try:
            at = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else None
        except ValueError:
            at = None
        return (at - by).strftime("%Y-%m-%dT%H:%M:%SZ") if at else value

    return json.dumps(moved(json.loads(text)))

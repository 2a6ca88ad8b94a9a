"""A release view over statuses that are made up here; how they are read is tests/workspace/test_status.py's."""

import asyncio
import base64
import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
from starlette.types import ASGIApp

from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.kubeconfig import client_of_file
from headway.decide.release.state import State
from headway.decide.review import look_times
from headway.decide.review.look_times import LookTimes
from headway.decide.review.status import ReleaseStatus
from headway.formats import record_json
from headway.model.record import Attempt, Good, ReleaseRecord
from headway.model.release_ref import ReleaseRef
from headway.view import Looks, NamedCluster, Settings, app, settings, tokens
from headway.view.runs import Report, RunLine, Started, Waiting
from tests.fast.memory.api_server import ApiServer

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
HERE = "http://127.0.0.1"
SOMEWHERE = cast(Cluster, None)
"""No cluster is asked."""


def status(
    application: str = "shop",
    environment: str = "testing",
    version: str = "1.0.0",
    state: State = State.IN_SYNC,
    **more: Any,
) -> ReleaseStatus:
    ref = ReleaseRef(application, environment, more.pop("release", application))
    said = {
        "since": NOW - timedelta(hours=3),
        "tested_at": NOW - timedelta(hours=2),
        "revision": 4,
        "offered": version,
    }
    return ReleaseStatus(ref, f"{application}-{environment}", NOW, state, version, **(said | more))


def looks(*found: ReleaseStatus, **more: Callable[[], Sequence[ReleaseStatus]]) -> Looks:
    """Of a cluster "here" that holds `found`, and others by name."""
    reads: dict[str, Callable[[], Sequence[ReleaseStatus]]] = {"here": lambda: found, **more}
    clusters = [NamedCluster(name, cast(Callable[[], Cluster], lambda name=name: name)) for name in reads]
    return Looks(clusters, lambda cluster: reads[str(cluster)]())


@dataclass
class Browser:
    """Keeps cookies, and follows no redirect."""

    app: ASGIApp
    peer: str = "127.0.0.1"
    """Where its connections come from."""
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self._ask("GET", path, **more)

    def post(
        self, path: str, *, origin: str = HERE, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        return self._ask("POST", path, headers={"Origin": origin, **(headers or {})}, **more)

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(self.peer, 1))
            async with httpx.AsyncClient(transport=transport, base_url=HERE, cookies=self.cookies) as client:
                answer = await client.request(method, path, **more)
                self.cookies = client.cookies
                return answer

        return asyncio.run(ask())


@contextmanager
def browser(
    view: Looks, said: Settings | None = None, folder: Path = Path(), peer: str = "127.0.0.1", **more: Any
) -> Iterator[Browser]:
    yield Browser(app(said or Settings(), view, folder=folder, **more), peer)
    view.close()


class FakeRuns:
    """headway.view.runs.Runs: remembers what it was asked for."""

    def __init__(self) -> None:
        self.started: list[tuple[str, dict[str, object]]] = []
        self.answered: list[dict[str, object]] = []
        self.waits: Waiting | None = None
        self.registered = ["shop"]
        self.lines: list[RunLine] = []
        self.once: list[str] = []
        self.kept: list[Report] = []
        self.delivered: list[Report] = []
        self.log: list[tuple[datetime, str]] = []
        self.times = LookTimes(no_next=look_times.NOT_DEPLOYED)

    def url(self, run: str) -> str:
        return f"http://prefect.example.com/runs/flow-run/{run}"

    def start(self, deployment: str, parameters: Mapping[str, object], *, once: str) -> Started:
        self.started.append((deployment, dict(parameters)))
        self.once.append(once)
        return Started("a run", self.url("1"))

    def waiting(self, application: str, environment: str) -> Waiting | None:  # noqa: ARG002
        return self.waits

    def unanswered(self) -> Sequence[RunLine]:
        return [each for each in self.lines if each.kind == "PAUSED"]

    def applications(self) -> Sequence[str]:
        return self.registered

    def answer(self, waiting: Waiting, said: Mapping[str, object]) -> None:  # noqa: ARG002
        self.answered.append(dict(said))

    def recent(self, application: str, limit: int) -> Sequence[RunLine]:  # noqa: ARG002
        return self.lines[:limit]

    def look_times(self, application: str) -> LookTimes:  # noqa: ARG002
        return self.times

    def rollout(self, run: str) -> Sequence[tuple[datetime, str]]:  # noqa: ARG002
        return self.log

    def plan(self, application: str, environment: str, title: str) -> Report | None:  # noqa: ARG002
        return next((each for each in self.kept if each.title == title), None)

    def deliveries(self, application: str) -> Sequence[Report]:  # noqa: ARG002
        return self.delivered

    def reports(self, application: str, environment: str) -> Sequence[Report]:  # noqa: ARG002
        return self.kept


MANIFEST = """\
# Source: shop/templates/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: web
          image: registry.example.com/shop/web:main-1a2b3c4
"""
TOKENS = {name: f"headway_{name}-token" for name in ("ada", "bob", "eve", "reader")}
ROLES = """
roles:
  - {who: [ada], may: [deliver, approve, operate]}
  - {who: [bob], may: [deliver, approve, operate], applications: [shop], environments: [testing]}
  - {who: [reader, "group:readers"], may: [read]}
"""


def signing_in(folder: Path, more: str = "") -> Settings:
    """Ada may do all, Bob in testing alone, a reader looks, and Eve has a token and no role."""
    lines = (f"{name}: {tokens.digest_of(token)}\n" for name, token in TOKENS.items())
    (folder / "tokens.yaml").write_text("".join(lines))
    file = folder / "view.yaml"
    file.write_text(f"sign_in:\n  tokens: tokens.yaml\n{more}{ROLES}")
    return settings.read(file)


def sign_in(view: Browser, name: str) -> httpx.Response:
    return view.post("/sign-in", data={"token": TOKENS[name], "next": "/"})


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    return found[1] if found else ""


def cluster(folder: Path) -> tuple[Cluster, ApiServer]:
    """One in memory, with shop 1.1.0 in testing; 1.0.0 was good before."""
    file = folder / "kubeconfig"
    file.write_text(
        "{apiVersion: v1, kind: Config, current-context: it, clusters: [{name: it, cluster: {server: 'http://memory'}}],"
        " users: [{name: it, user: {token: t}}], contexts: [{name: it, context: {cluster: it, user: it}}]}"
    )
    client, server = client_of_file(file, None), ApiServer("http://memory")
    client.rest_client.pool_manager = server
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop-testing"}}
    server.store.create("/api/v1/namespaces", namespace)
    good = [
        Good(revision=r, chart_digest=f"sha256:{r}", values_digest="v", version=v, tested_at=NOW)
        for r, v in ((2, "1.1.0"), (1, "1.0.0"))
    ]
    attempts = [
        Attempt(
            chart_digest=f"sha256:{each.revision}",
            values_digest="v",
            version=each.version,
            revision=each.revision,
            started_at=NOW,
            ended_at=NOW + timedelta(seconds=42),
            outcome="passed",
        )
        for each in good
    ]
    record = ReleaseRecord(
        application="shop", environment="testing", release="shop", good=tuple(good), attempts=tuple(attempts)
    )
    recorded(server, record)
    for revision, version in ((1, "1.0.0"), (2, "1.1.0")):
        stored(server, "shop-testing", "shop", revision, version)
    return Cluster(client, file), server


def recorded(server: ApiServer, record: ReleaseRecord, charts: str = "") -> None:
    """In the namespace `<application>-<environment>`. `charts`: address of its chart repository."""
    namespace = f"{record.application}-{record.environment}"
    labels = {"app.kubernetes.io/managed-by": "headway", "headway/release": record.release}
    server.store.create(
        f"/api/v1/namespaces/{namespace}/configmaps",
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": f"headway.{record.release}",
                "namespace": namespace,
                "labels": labels,
                "annotations": {"headway/charts": charts} if charts else {},
            },
            "data": {"record.json": record_json.serialise(record)},
        },
    )


def stored(
    server: ApiServer,
    namespace: str,
    release: str,
    revision: int,
    version: str,
    manifest: str = "",
    at: str = NOW.isoformat(),
    *,
    at_a_site: bool = False,
    **more: Any,
) -> None:
    """A revision as Helm stores it; the higher one is deployed. `at_a_site`: its package knows nothing of the place. `more`:
    description, annotations, values and hooks."""
    state = "deployed" if revision > 1 else "superseded"
    annotations = {"headway.dev/commit": "c" * 40, **more.pop("annotations", {})}
    description = more.pop("description", f"Headway: {release} {version}")
    place = f"{{charts: 's3://charts', namespace: {namespace}, release: {release}}}"
    declared = f"application: {release}\nenvironments: {{here: {place}}}\n".encode()
    files = [] if at_a_site else [{"name": "headway.yaml", "data": base64.b64encode(declared).decode()}]
    metadata = {"name": release, "version": version, "annotations": annotations}
    document = {
        "chart": {"metadata": metadata, "files": files},
        "info": {"status": state, "last_deployed": at, "description": description},
        "manifest": manifest or MANIFEST,
        **more,
    }
    packed = gzip.compress(json.dumps(document).encode())
    server.store.create(
        f"/api/v1/namespaces/{namespace}/secrets",
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "helm.sh/release.v1",
            "metadata": {
                "name": f"sh.helm.release.v1.{release}.v{revision}",
                "namespace": namespace,
                "labels": {"owner": "helm", "name": release, "version": str(revision), "status": state},
            },
            "data": {"release": base64.b64encode(base64.b64encode(packed)).decode()},
        },
    )

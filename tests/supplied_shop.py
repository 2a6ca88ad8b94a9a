"""An application of two services with everything that supply needs, and no system but git.

Remotes and chart repositories are folders, the registry and the API server answer in this process, and helm's place is taken
by a stand-in that packages a folder as it is. Every request to any of them is counted.
"""

import copy
import gzip
import hashlib
import io
import json
import shutil
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml

from headway.clients import command, git_command
from headway.clients.chart_repository import WritableChartRepository, open_writable_repository
from headway.clients.chart_repository.directory_store import DirectoryStore
from headway.clients.git import mirror
from headway.clients.helm.command import Helm
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.registry import Registry
from headway.formats import record_json
from headway.model.record import Good, ReleaseRecord
from headway.workspace.git_writer import GitWriter, PushingWriter
from headway.workspace.systems import Access, PolicyPlace
from headway.workspace.workspace import Workspace
from tests.git_remote import GitRemote

SERVICES = ("cart", "catalog")
ENVIRONMENTS = ("testing", "staging")
REGISTRY = "registry.example.com"
CHART = "apiVersion: v2\nname: {name}\nversion: 0.1.0\n"
POD = """\
# Source: shop/charts/{name}/templates/pod.yaml
apiVersion: v1
kind: Pod
metadata: {{name: {name}}}
spec: {{containers: [{{name: web, image: "{image}"}}]}}
"""
TEMPLATE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\n"


@dataclass
class SuppliedShop:
    """`begin` makes it; nothing is published yet."""

    folder: Path
    requests: Counter[str] = field(default_factory=Counter)
    """By system: git, registry, charts, helm, api."""
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of each service: the commit that the image of a tag is labelled with."""
    records: dict[str, ReleaseRecord] = field(default_factory=dict)
    policy: PolicyPlace | None = None
    """Where policy lives, apart from headway.yaml."""

    def begin(self) -> "SuppliedShop":
        for environment in ENVIRONMENTS:
            (self.folder / environment).mkdir()
        for service in SERVICES:
            files = {"Chart.yaml": CHART.format(name=service), "values.yaml": "replicas: 1\n"}
            chart = {f"chart/{path}": text for path, text in files.items()}
            template = TEMPLATE.replace("NAME", service)
            GitRemote.made(
                self.git(service).path, {**chart, "chart/templates/web.yaml": template, "main.go": "1"}
            )
        dependencies = "".join(
            f'- {{name: {name}, version: "", repository: "https://charts.example.com"}}\n'
            for name in SERVICES
        )
        values = "".join(f'{name}: {{image: {{tag: ""}}}}\n' for name in SERVICES)
        umbrella = {
            "Chart.yaml": f"{CHART.format(name='shop')}dependencies:\n{dependencies}",
            "values.yaml": values,
            "templates/text.yaml": TEMPLATE.replace("NAME", "shop"),
        }
        GitRemote.made(self.git().path, {**umbrella, "headway.yaml": self._headway_yaml()})
        return self

    def keep(self) -> None:
        """Remember how everything is now."""
        self._kept = copy.deepcopy((self.tags, self.records))
        shutil.copytree(self.folder, self._copy)

    def restore(self) -> "SuppliedShop":
        """As it was when it was kept, in the same place."""
        shutil.rmtree(self.folder)
        shutil.copytree(self._copy, self.folder)
        self.tags, self.records = copy.deepcopy(self._kept)
        self.policy = None
        self.requests.clear()
        return self

    @property
    def _copy(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.kept")

    @property
    def access(self) -> Access:
        return Access(
            self.git().url,
            cache=self.folder / "cache",
            local_folders=(str(self.folder),),
            policy=self.policy,
        )

    def workspace(
        self,
        writer: GitWriter | None = None,
        access: Access | None = None,
        kind: type[Workspace] = Workspace,
    ) -> Workspace:
        """A fresh look, as every delivery begins with."""
        workspace = kind(
            access or self.access,
            self._connect,
            writer or PushingWriter(run="run-1"),
        )
        workspace.helm = StandInHelm("helm", "4.3.1", self.requests)
        registry = Registry()
        registry._access._client = httpx.Client(transport=httpx.MockTransport(self._registry))
        workspace._systems.registry = registry
        return workspace

    def git(self, repository: str = "application") -> GitRemote:
        return GitRemote(self.folder / "remotes" / f"{repository}.git")

    def push(self, repository: str, files: Mapping[str, str | None], message: str = "Change") -> str:
        """A person's commit; its SHA. None deletes a file."""
        return self.git(repository).push(files, message)

    def push_image(self, service: str, commit: str = "", label: str | None = None) -> str:
        """The image of a commit, of the head where none is named; its tag."""
        commit = commit or self.head(service)
        tag = f"main-{commit[:7]}"
        self.tags.setdefault(service, {})[tag] = commit if label is None else label
        return tag

    def head(self, repository: str) -> str:
        return self.git(repository).head

    def show(self, path: str, repository: str = "application") -> str:
        return self.git(repository).read(path).strip()

    def charts(self, environment: str = "testing") -> WritableChartRepository:
        return open_writable_repository(f"file://{self.folder}/{environment}")

    def offered(self, chart: str, environment: str = "testing") -> list[str]:
        return [entry.version for entry in self.charts(environment).entries(chart)]

    def tested(self, environment: str = "testing") -> None:
        """The newest version there has passed its tests."""
        newest = self.charts(environment).entries("shop")[0]
        good = Good(
            revision=1,
            chart_digest=newest.digest,
            values_digest="",
            version=newest.version,
            tested_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        self.records[environment] = ReleaseRecord(
            application="shop", environment=environment, release="shop", good=(good,)
        )

    def policy_moves(self, place: PolicyPlace) -> None:
        """Out of headway.yaml, to a file of the application repository or to a repository called policy."""
        declared = self.show("headway.yaml")
        begin = declared.index("environments:")
        content = "environments: {testing: {}, staging: {}}\n"
        self.push("application", {"headway.yaml": declared[:begin] + content})
        if place.url:
            GitRemote.made(self.git("policy").path, {place.path: declared[begin:]})
        else:
            self.push("application", {place.path: declared[begin:]})
        self.policy = place

    def _headway_yaml(self) -> str:
        lines = ["application: shop", "services:"]
        lines += [
            f"  {name}: {{git: '{self.git(name).url}', image: {REGISTRY}/shop/{name}}}" for name in SERVICES
        ]
        lines += ["environments:", f"  testing: {{charts: 'file://{self.folder}/testing'}}"]
        lines += [f"  staging: {{charts: 'file://{self.folder}/staging', after: testing}}", ""]
        return "\n".join(lines)

    def _registry(self, request: httpx.Request) -> httpx.Response:
        """Tags, manifests and configurations as a registry of the OCI distribution specification gives them."""
        self.requests["registry"] += 1
        _, service, kind, name = request.url.path.rsplit("/", 3)
        tags = self.tags.get(service, {})
        if kind == "tags":
            return httpx.Response(200, json={"tags": [*tags]})
        documents = {}
        for tag, label in tags.items():
            labels = {"org.opencontainers.image.revision": label} if label else {}
            configuration = json.dumps({"config": {"Labels": labels}, "tag": tag}).encode()
            manifest = json.dumps({"config": {"digest": _digest(configuration)}}).encode()
            documents |= {_digest(configuration): configuration, _digest(manifest): manifest, tag: manifest}
        if name not in documents:
            return httpx.Response(404)
        data = documents[name]
        return httpx.Response(200, content=data, headers={"Docker-Content-Digest": _digest(data)})

    def _connect(self, name: str) -> Cluster:
        environment = name.removeprefix("shop-")

        def request(method: str, address: str, **options: Any) -> SimpleNamespace:
            self.requests["api"] += 1
            path = urlsplit(address).path
            if path == "/version":
                return _answer(200, {"major": "1", "minor": "35"})
            record = self.records.get(environment)
            if method == "GET" and path.endswith("/configmaps/headway.shop") and record:
                data = {"record.json": record_json.serialise(record)}
                return _answer(200, {"metadata": {"resourceVersion": "1"}, "data": data})
            if method == "PUT" and path.endswith("/configmaps/headway.shop"):
                written = json.loads(options["body"])["data"]["record.json"]
                self.records[environment] = record_json.read(written, path)
                return _answer(200, {"metadata": {"resourceVersion": "2"}})
            return _answer(404, {"message": "not found"})

        client: Any = SimpleNamespace(
            configuration=SimpleNamespace(host=f"https://{name}", connection_pool_maxsize=1),
            rest_client=SimpleNamespace(pool_manager=SimpleNamespace(request=request)),
            update_params_for_auth=lambda *_: None,
        )
        return Cluster(client, self.folder / "kubeconfig")


class StandInHelm(Helm):
    """Packages a folder as it is, finds every chart sound, renders templates as they are written, and a pod for each
    dependency."""

    def __init__(self, binary: str, version: str, requests: Counter[str]) -> None:
        super().__init__(binary, version)
        object.__setattr__(self, "requests", requests)

    def run(
        self, verb: str, operands: Sequence[str | Path], options: Mapping[str, Any] | None = None, **_: Any
    ) -> command.Completed:
        self.requests["helm"] += 1  # type: ignore[attr-defined]
        said = b""
        chart = Path(operands[-1])
        if verb == "package":
            _package(chart, Path((options or {})["destination"]))
        elif verb == "template":
            own = [file.read_text() for file in sorted(chart.glob("templates/*.yaml"))]
            said = "\n---\n".join([*own, *_pods(chart)]).encode()
        return command.Completed(said, "", 0, 0.0)


def _pods(chart: Path) -> Iterator[str]:
    values = yaml.safe_load((chart / "values.yaml").read_text()) or {}
    for name in SERVICES:
        if list(chart.glob(f"charts/{name}-*.tgz")):
            yield POD.format(name=name, image=f"{REGISTRY}/shop/{name}:{values[name]['image']['tag']}")


def _package(chart: Path, target: Path) -> None:
    lines = (chart / "Chart.yaml").read_text().splitlines()
    named = {key: value.strip('" ') for key, _, value in (line.partition(": ") for line in lines)}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for file in sorted(path for path in chart.rglob("*") if path.is_file()):
            member = tarfile.TarInfo(f"{named['name']}/{file.relative_to(chart)}")
            member.size = file.stat().st_size
            tar.addfile(member, io.BytesIO(file.read_bytes()))
    (target / f"{named['name']}-{named['version']}.tgz").write_bytes(
        gzip.compress(buffer.getvalue(), mtime=0)
    )


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _answer(status: int, body: object) -> SimpleNamespace:
    return SimpleNamespace(status=status, data=json.dumps(body).encode(), headers={})


def counting(shop: SuppliedShop, patch: pytest.MonkeyPatch) -> None:
    """Count git processes and what is asked of chart repositories; the rest counts itself."""
    for name in ("get", "names", "create", "swap"):
        patch.setattr(DirectoryStore, name, _counted(shop, "charts", getattr(DirectoryStore, name)))
    for name in ("run", "kept_open"):
        patch.setattr(git_command, name, _counted(shop, "git", getattr(git_command, name)))
    patch.setattr(mirror, "TENDED", "none")


def _counted(shop: SuppliedShop, system: str, real: Any) -> Any:
    def call(*arguments: Any, **options: Any) -> Any:
        shop.requests[system] += 1
        return real(*arguments, **options)

    return call

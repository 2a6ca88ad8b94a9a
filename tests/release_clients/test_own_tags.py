"""An environment with tags of its own, on real parts: its rule chooses in the registry, git and S3 carry it, and a cluster runs
it before anything was good in the first environment."""

import shutil
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from prefect.client.schemas.objects import State

from flows.deliver import deliver
from flows.release import release
from headway.clients.chart_repository.s3_store import client
from headway.clients.kubernetes.cluster import Cluster
from headway.model.credentials import S3Credentials
from sandbox import address, worker_rights
from tests.git_remote import GitRemote

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.rare,
    pytest.mark.usefixtures("prefect_server", "as_the_worker"),
]
"""Rare, since tests/fast/test_own_tags.py tells the same in memory, step by step."""

SERVICES = ("cart", "catalog")
ENVIRONMENTS = ("testing", "production")
TEMPLATE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Chart.Name }}}
spec:
  selector: {matchLabels: {app: {{ .Chart.Name }}}}
  template:
    metadata: {labels: {app: {{ .Chart.Name }}}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: {{ .Chart.Name }}, image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"}]
"""
NO_TAGS = "".join(f'{each}: {{image: {{tag: ""}}}}\n' for each in SERVICES)


@dataclass(frozen=True)
class Store:
    """The application, what people and CI do to it, and what its systems say."""

    name: str
    sandbox: address.Address
    admin: Cluster
    probe: str

    def begin(self) -> None:
        for service in SERVICES:
            chart = f"apiVersion: v2\nname: {service}\nversion: 0.1.0\n"
            values = f'image: {{repository: {self.image(service)}, tag: ""}}\n'
            files = {"Chart.yaml": chart, "values.yaml": values, "templates/all.yaml": TEMPLATE}
            self.made(service, {f"chart/{path}": text for path, text in files.items()})
            self.push(service, f"main-{self.git(service).head[:7]}")
        services = {each: {"git": self.url(each), "image": self.image(each)} for each in SERVICES}
        charts = {each: {"charts": f"s3://{self.bucket(each)}", "timeout": "40s"} for each in ENVIRONMENTS}
        charts["production"]["policy"] = {"kind": "semver", "range": "^1"}
        at = f"{self.sandbox.s3.endpoint}/{self.bucket('testing')}"
        needed = [{"name": each, "version": "0.1.0", "repository": at} for each in SERVICES]
        declared = {"application": self.name, "services": services, "environments": charts}
        chart = {"apiVersion": "v2", "name": self.name, "version": "0.1.0", "dependencies": needed}
        self.made(
            "application",
            {
                "headway.yaml": yaml.safe_dump(declared, sort_keys=False),
                "Chart.yaml": yaml.safe_dump(chart, sort_keys=False),
                "values.yaml": NO_TAGS,
                "values/production.yaml": NO_TAGS,
            },
        )

    def push(self, service: str, tag: str, *more: str) -> None:
        """CI builds the head of a service; `more` arguments of crane mutate."""
        label = f"org.opencontainers.image.revision={self.git(service).head}"
        named = ["--label", label, "--label", f"tag={tag}", "--tag", f"{self.image(service)}:{tag}"]
        crane = str(self.sandbox.bin / "crane")
        subprocess.run([crane, "mutate", *more, *named, self.probe], check=True, capture_output=True)

    def made(self, repository: str, files: dict[str, str | bytes | None]) -> None:
        path = self.git(repository).path
        path.parent.mkdir(parents=True, exist_ok=True)
        GitRemote.made(path, files)

    def git(self, repository: str = "application") -> GitRemote:
        return GitRemote(self.sandbox.git_root / self.name / f"{repository}.git")

    def url(self, repository: str = "application") -> str:
        return f"{self.sandbox.git}/{self.name}/{repository}.git"

    def image(self, service: str) -> str:
        return f"{self.sandbox.registry}/{self.name}/{service}"

    def bucket(self, environment: str) -> str:
        return f"{self.name}-{environment}"

    def namespace(self, environment: str) -> str:
        return f"{self.name}-{environment}"

    def released(self, environment: str) -> State[Any]:
        state: State[Any] = release(self.name, environment, return_state=True)
        return state

    # What is so.

    def tags(self) -> dict[str, str]:
        """That production's value file holds."""
        held = yaml.safe_load(self.git().read("values/production.yaml"))
        return {each: held[each]["image"]["tag"] for each in SERVICES}

    def running(self, environment: str) -> dict[str, str]:
        found = {}
        for each in SERVICES:
            live = self.admin.api.find(
                f"/apis/apps/v1/namespaces/{self.namespace(environment)}/deployments/{each}"
            )
            assert live, f"{each} does not run in {environment}"
            assert live["status"]["readyReplicas"] == 1
            image = live["spec"]["template"]["spec"]["containers"][0]["image"]
            found[each] = image.removeprefix(f"{self.image(each)}:")
        return found

    def record(self, environment: str) -> dict[str, Any]:
        path = f"/api/v1/namespaces/{self.namespace(environment)}/configmaps/headway.{self.name}"
        found = self.admin.api.find(path)
        return dict(yaml.safe_load(found["data"]["record.json"])) if found else {}

    def written(self) -> dict[str, Any]:
        """All that a look and a release may write: heads, objects of buckets, good versions, revisions."""
        s3 = client(s3_of(self.sandbox))
        found: dict[str, Any] = {each: self.git(each).head for each in ("application", *SERVICES)}
        for each in ENVIRONMENTS:
            listed = s3.list_objects_v2(Bucket=self.bucket(each)).get("Contents", [])
            found[f"charts of {each}"] = {one["Key"]: one["ETag"] for one in listed}
            found[f"record of {each}"] = self.record(each)
        return found


def s3_of(sandbox: address.Address) -> S3Credentials:
    s3 = sandbox.s3
    return S3Credentials(s3.endpoint, s3.access_key, s3.secret_key, s3.region)


@pytest.fixture
def store(
    sandbox: address.Address,
    admin: Cluster,
    image: str,
    prefect_server: str,  # noqa: ARG001
) -> Iterator[Store]:
    """Nothing of it is delivered yet."""
    from pydantic import SecretStr

    from blocks import Application
    from blocks import Cluster as ClusterBlock
    from blocks import S3Credentials as S3Block

    store = Store(f"own-{uuid.uuid4().hex[:6]}", sandbox, admin, image)
    s3 = client(s3_of(sandbox))
    try:
        for each in ENVIRONMENTS:
            s3.create_bucket(Bucket=store.bucket(each))
        worker_rights.grant(sandbox, map(store.namespace, ENVIRONMENTS))
        store.begin()
        keys = S3Block(
            access_key=sandbox.s3.access_key,
            secret_key=SecretStr(sandbox.s3.secret_key),
            endpoint_url=sandbox.s3.endpoint,
            region=sandbox.s3.region,
        )
        keys.save(store.name)
        Application(git_url=store.url(), s3_credentials=S3Block.load(store.name)).save(store.name)
        for each in ENVIRONMENTS:
            at = str(sandbox.worker_kubeconfig)
            ClusterBlock(kubeconfig_path=at).save(f"{store.name}-{each}")
        yield store
    finally:
        for each in ENVIRONMENTS:
            admin.api.delete(f"/api/v1/namespaces/{store.namespace(each)}")
            for item in s3.list_objects_v2(Bucket=store.bucket(each)).get("Contents", []):
                s3.delete_object(Bucket=store.bucket(each), Key=item["Key"])
            s3.delete_bucket(Bucket=store.bucket(each))
        for service in SERVICES:
            _forget(store, service)
        shutil.rmtree(store.git().path.parent)


def _forget(store: Store, service: str) -> None:
    crane, repository = str(store.sandbox.bin / "crane"), store.image(service)
    listed = subprocess.run([crane, "ls", repository], capture_output=True, text=True, check=False)
    for tag in listed.stdout.split():
        at = f"{repository}:{tag}"
        found = subprocess.run([crane, "digest", at], capture_output=True, text=True, check=True)
        subprocess.run([crane, "delete", f"{repository}@{found.stdout.strip()}"], check=True)


def test_production_follows_its_own_rule_and_bars_what_failed_there_alone(store: Store) -> None:
    for each in SERVICES:
        store.push(each, "1.0.0")
        store.push(each, "2.0.0")
    deliver(store.name)
    ended = store.released("production")
    assert ended.name == "Released", ended.message
    assert store.running("production") == store.tags() == dict.fromkeys(SERVICES, "1.0.0")
    assert store.record("testing") == {}, "nobody promoted it"
    ended = store.released("testing")
    assert ended.name == "Released", ended.message
    builds = {each: f"main-{store.git(each).head[:7]}" for each in SERVICES}
    assert store.running("testing") == builds

    before = store.written()
    deliver(store.name)
    assert [store.released(each).name for each in ENVIRONMENTS] == ["In sync", "In sync"]
    assert store.written() == before

    store.push("cart", "1.1.0")
    store.push("catalog", "1.1.0", "--entrypoint", "/nothing")
    deliver(store.name)
    assert store.tags() == dict.fromkeys(SERVICES, "1.1.0")
    ended = store.released("production")
    assert ended.name == "Rolled back", ended.message
    assert store.running("production") == dict.fromkeys(SERVICES, "1.0.0")
    (rejected,) = store.record("production")["verdicts"]
    (accused,) = [each for each in rejected["inputs"] if each.startswith("image ")]
    assert accused.startswith(f"image {store.image('catalog')} 1.1.0@sha256:"), "cart is innocent"

    deliver(store.name)
    assert store.tags() == {"cart": "1.1.0", "catalog": "1.0.0"}
    ended = store.released("production")
    assert ended.name == "Released", ended.message
    assert store.running("production") == {"cart": "1.1.0", "catalog": "1.0.0"}
    assert store.released("testing").name == "Released", "each version is one of its own there"
    assert store.running("testing") == builds
    assert store.record("testing")["verdicts"] == []
    assert "quarantine.yaml" not in store.git().git("ls-tree", "-r", "--name-only", "main")

    before = store.written()
    deliver(store.name)
    assert [store.released(each).name for each in ENVIRONMENTS] == ["In sync", "In sync"]
    assert store.written() == before

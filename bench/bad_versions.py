"""A small application whose next version is bad in a way of one's choice, in two places: Headway's, and plain helm's.

Two web pods, a hook before each upgrade, one test. Versions differ in their values alone; the images are on the node before
anything is measured.
"""

import gzip
import hashlib
import io
import json
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kubernetes import client, config
from kubernetes.client import ApiException
from prefect import get_client
from prefect.client.schemas.filters import FlowFilter, FlowFilterName

from headway.clients.chart_repository import WritableChartRepository, open_writable_repository
from headway.clients.kubernetes.cluster import Cluster
from headway.formats.chart_package import read_package
from headway.model.charts import Package
from headway.model.credentials import RepositoryCredentials, S3Credentials
from headway.workspace.git_writer import LOCAL, PushingWriter
from headway.workspace.systems import Access
from headway.workspace.workspace import Workspace
from sandbox import worker_rights
from sandbox.address import Address
from sandbox.demo.prefect_api import PrefectApi
from sandbox.places import ROOT
from sandbox.seed import buckets
from sandbox.seed.commands import clean_environment, git, go_environment, program, run

NAME, ENVIRONMENT, FLOW = "bench-bad", "testing", "bench-bad-version"
NAMESPACE, HELM_NAMESPACE = "bench-bad", "bench-bad-helm"
CHART = Path(__file__).parent / "bad_chart"
PROGRAM = ROOT / "tests" / "release_clients" / "probe"
"""Waits; told "pass", "fail" or "lacks" it says so, and ends with 0, 3 or 127."""

KINDS: Mapping[str, Mapping[str, Any]] = {
    "image": {"image": "{image}-missing"},
    "crash": {"args": ["fail"]},
    "program": {"args": ["lacks"]},
    "probe": {"readiness": ["/probe", "fail"], "progressDeadlineSeconds": 5},
    "hook": {"hook": "fail"},
    "test": {"test": "fail"},
    "mount": {"settings": False},
}
"""What a bad version says otherwise than a good one. Only its deadline says of a failing probe that waiting is in vain."""


@dataclass
class BadVersions:
    address: Address
    folder: Path
    image: str
    timeout: int = 300
    """Seconds that helm may wait for a rollout."""
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    @property
    def repository(self) -> WritableChartRepository:
        return open_writable_repository(f"s3://{NAME}", _credentials(self.address))

    def workspace(self) -> Workspace:
        """Without blocks: of a registered application the sandbox's worker would release what is to be measured."""
        url = f"file://{self.folder}/remote.git"
        access = Access(git_url=url, repositories=_credentials(self.address))
        return Workspace(
            access,
            lambda _: Cluster.from_kubeconfig(self.address.worker_kubeconfig),
            PushingWriter(LOCAL, access.author),
        )

    def package(self, kind: str) -> Package:
        """A new version, good where `kind` is empty."""
        version = f"0.1.{next(self._numbers)}"
        own = {key: _named(value, self.image) for key, value in KINDS[kind].items()} if kind else {}
        values = {"image": self.image, "probe": self.image, **own}
        chart = f"apiVersion: v2\nname: {NAME}\nversion: {version}\n"
        given = (CHART / "values.yaml").read_text()
        files = {
            "Chart.yaml": chart,
            "values.yaml": "".join(
                line for line in given.splitlines(keepends=True) if line.partition(":")[0] not in values
            )
            + "".join(f"{key}: {json.dumps(value)}\n" for key, value in values.items()),
            "templates/all.yaml": (CHART / "templates/all.yaml").read_text(),
            "headway.yaml": self._declared,
        }
        return read_package(_archive(files))

    @property
    def _declared(self) -> str:
        return f"""\
application: {NAME}
environments:
  {ENVIRONMENT}: {{charts: "s3://{NAME}", namespace: {NAMESPACE}, blame: once, timeout: {self.timeout}s}}
"""

    def publish(self, kind: str) -> str:
        """A new version into Headway's chart repository."""
        package = self.package(kind)
        self.repository.publish(package, created=datetime.now(UTC))
        return package.version

    def set_timeout(self, seconds: int) -> None:
        self.timeout = seconds
        checkout = self.folder / "checkout"
        if checkout.exists():
            git("pull", "--quiet", "--rebase", cwd=checkout)
        else:
            git("clone", "--quiet", str(self.folder / "remote.git"), str(checkout), cwd=self.folder)
        (checkout / "headway.yaml").write_text(self._declared)
        (checkout / "Chart.yaml").write_text(f"apiVersion: v2\nname: {NAME}\nversion: 0.1.0\n")
        (checkout / "values.yaml").write_text("")
        git("add", "--all", cwd=checkout)
        git("commit", "--quiet", "--allow-empty", "--message", f"Wait {seconds} s", cwd=checkout)
        git("push", "--quiet", "origin", "HEAD:main", cwd=checkout)


@contextmanager
def bad_versions(address: Address) -> Iterator[BadVersions]:
    """Nothing is released yet. All of it is taken away afterwards."""
    core: Any = client.CoreV1Api(config.new_client_from_config(str(address.kubeconfig)))  # type: ignore[no-untyped-call]
    folder = Path(tempfile.mkdtemp(prefix="bench-bad-"))
    try:
        _take_away(address, core)
        worker_rights.grant(address, (NAMESPACE, HELM_NAMESPACE))
        buckets.client(address.s3).create_bucket(Bucket=NAME)
        git("init", "--quiet", "--bare", "-b", "main", str(folder / "remote.git"), cwd=folder)
        yield BadVersions(address, folder, _image(address, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _take_away(address, core)


def _named(value: Any, image: str) -> Any:
    return value.format(image=image) if isinstance(value, str) else value


def _archive(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(f"{NAME}/{name}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return gzip.compress(buffer.getvalue(), mtime=0)


def _image(address: Address, folder: Path) -> str:
    built = folder / "probe"
    environment = {**clean_environment(), **go_environment(), "CGO_ENABLED": "0"}
    run(["go", "build", "-trimpath", "-o", str(built), "."], cwd=PROGRAM, environment=environment)
    # A node keeps what it has of a tag.
    tag = hashlib.sha256(built.read_bytes()).hexdigest()[:12]
    layer, name = folder / "layer.tar", f"{address.registry}/{NAME}/probe:{tag}"
    with tarfile.open(layer, "w") as archive:
        entry = tarfile.TarInfo("probe")
        entry.size, entry.mode = built.stat().st_size, 0o755
        archive.addfile(entry, io.BytesIO(built.read_bytes()))
    crane = program(address.bin, "crane")
    run([crane, "append", "--oci-empty-base", "--new_layer", str(layer), "--new_tag", name])
    run([crane, "mutate", "--entrypoint", "/probe", "--tag", name, name])
    return name


def _credentials(address: Address) -> RepositoryCredentials:
    s3 = address.s3
    return RepositoryCredentials(S3Credentials(s3.endpoint, s3.access_key, s3.secret_key, s3.region))


def _take_away(address: Address, core: Any) -> None:
    with get_client(sync_client=True) as client_of_prefect:
        ours = FlowFilter(name=FlowFilterName(any_=[FLOW]))
        for each in client_of_prefect.read_flows(flow_filter=ours):
            client_of_prefect.delete_flow(each.id)
    prefect = PrefectApi(address.prefect_api)
    for artifact in prefect.artifacts(NAME):
        prefect.delete(f"/artifacts/{artifact['id']}")
    for namespace in (NAMESPACE, HELM_NAMESPACE):
        with suppress(ApiException):  # there is none
            core.delete_namespace(namespace)
    for namespace in (NAMESPACE, HELM_NAMESPACE):
        while any(each.metadata.name == namespace for each in core.list_namespace().items):
            time.sleep(0.2)
    s3 = buckets.client(address.s3)
    if NAME in {found["Name"] for found in s3.list_buckets()["Buckets"]}:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=NAME):
            for found in page.get("Contents", []):
                s3.delete_object(Bucket=NAME, Key=found["Key"])
        s3.delete_bucket(Bucket=NAME)

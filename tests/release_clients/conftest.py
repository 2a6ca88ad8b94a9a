"""The sandbox's cluster, namespaces of our own that are deleted, and a small chart whose image can fail."""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
import yaml

from headway.clients.helm.command import Helm
from headway.clients.helm.release import HelmRelease
from headway.clients.helm.value_files import ValueFiles
from headway.clients.kubernetes.cluster import Cluster
from headway.model.charts import Package
from sandbox import address, worker_rights
from sandbox.seed.commands import clean_environment, go_environment
from tests.release_clients.probe_release import ProbeRelease

HERE = Path(__file__).parent
TIMEOUT = timedelta(seconds=60)
Values = Callable[..., ValueFiles]


@pytest.fixture(scope="session")
def sandbox() -> address.Address:
    return address.load()


@pytest.fixture(scope="session")
def helm(sandbox: address.Address) -> Helm:
    with pytest.MonkeyPatch.context() as patch:
        if shutil.which("helm") is None:
            patch.setenv("HEADWAY_HELM", str(sandbox.bin / "helm"))
        return Helm.find()


@pytest.fixture(scope="session")
def admin(sandbox: address.Address) -> Cluster:
    """For what a test does itself."""
    return Cluster.from_kubeconfig(sandbox.kubeconfig)


@pytest.fixture(scope="session")
def cluster(sandbox: address.Address) -> Cluster:
    """As Headway sees it: with the rights of examples/rbac and no others."""
    worker_rights.grant(sandbox, ())
    return Cluster.from_kubeconfig(sandbox.worker_kubeconfig)


@pytest.fixture
def make_namespace(sandbox: address.Address, admin: Cluster) -> Iterator[Callable[[str], str]]:
    """Makes one in which the worker has its rights; all are deleted afterwards."""
    made: list[str] = []

    def make(name: str) -> str:
        worker_rights.grant(sandbox, [name])
        made.append(name)
        return name

    yield make
    for name in made:
        admin.api.delete(f"/api/v1/namespaces/{name}")


@pytest.fixture
def namespace(make_namespace: Callable[[str], str]) -> str:
    return make_namespace(f"test-{uuid.uuid4().hex[:10]}")


@pytest.fixture(scope="session")
def image(sandbox: address.Address, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The probe, built and pushed where the nodes pull from."""
    folder = tmp_path_factory.mktemp("probe")
    subprocess.run(
        ["go", "build", "-trimpath", "-o", folder / "probe", "."],
        cwd=HERE / "probe",
        env={**clean_environment(), **go_environment()},
        check=True,
    )
    return _pushed(sandbox, folder, "probe", (folder / "probe").read_bytes())


@pytest.fixture(scope="session")
def script(sandbox: address.Address, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image whose program wants an interpreter that it has not."""
    return _pushed(sandbox, tmp_path_factory.mktemp("script"), "script", b"#!/nowhere\n")


def _pushed(sandbox: address.Address, folder: Path, program: str, content: bytes) -> str:
    layer = folder / "layer.tar"
    with tarfile.open(layer, "w") as archive:
        entry = tarfile.TarInfo(program)
        entry.size, entry.mode = len(content), 0o755
        archive.addfile(entry, io.BytesIO(content))
    # A node keeps what it has of a tag.
    name = f"{sandbox.registry}/headway-test/{program}:{hashlib.sha256(content).hexdigest()[:12]}"
    crane = str(sandbox.bin / "crane")
    for arguments in (
        ["append", "--oci-empty-base", "--new_layer", str(layer), "--new_tag", name],
        ["mutate", "--entrypoint", f"/{program}", "--tag", name, name],
    ):
        subprocess.run([crane, *arguments], check=True, capture_output=True)
    return name


@pytest.fixture(scope="session")
def package(helm: Helm, tmp_path_factory: pytest.TempPathFactory) -> Package:
    return packaged(helm, HERE / "chart", tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def secret_package(helm: Helm, tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The same chart, whose `message` stands in a sops file and is quoted by a template that fails on demand."""
    folder = tmp_path_factory.mktemp("secret-package")
    chart = folder / "chart"
    shutil.copytree(HERE / "chart", chart)
    (chart / "templates/refusal.yaml").write_text(
        "{{ if .Values.refuse }}{{ fail .Values.message }}{{ end }}"
    )
    (folder / "clear.yaml").write_text("message: whatever it is\n")
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    sops = Path(sys.executable).with_name("sops")
    encrypt = [sops, "encrypt", "--age", recipient, folder / "clear.yaml"]
    (chart / "secrets").mkdir()
    (chart / "secrets/testing.yaml").write_bytes(
        subprocess.run(encrypt, check=True, capture_output=True).stdout
    )
    return packaged(helm, chart, folder)


def packaged(helm: Helm, chart: Path, folder: Path) -> Package:
    helm.run("package", [chart], {"destination": folder}, timeout=30)
    data = (folder / "probe-0.1.0.tgz").read_bytes()
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    metadata: dict[str, Any] = yaml.safe_load((HERE / "chart/Chart.yaml").read_text())
    return Package("probe", "0.1.0", data, digest, digest, metadata)


@pytest.fixture
def values(image: str, tmp_path: Path) -> Values:
    """Writes a values file; the image is the one that works, unless told otherwise."""

    def write(**given: Any) -> ValueFiles:
        file = tmp_path / f"values-{uuid.uuid4().hex[:6]}.yaml"
        file.write_text(json.dumps({"image": image, **given}))
        return ValueFiles((file,))

    return write


@pytest.fixture
def release(cluster: Cluster, namespace: str, helm: Helm) -> ProbeRelease:
    return ProbeRelease(HelmRelease(cluster, namespace, "probe", helm))


def kubeconfig_of(server: str) -> str:
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "only",
            "clusters": [{"name": "only", "cluster": {"server": server}}],
            "users": [{"name": "only", "user": {"token": "none"}}],
            "contexts": [{"name": "only", "context": {"cluster": "only", "user": "only"}}],
        }
    )

"""The running sandbox: every server is there, pods run, names resolve, and a second `up` changes nothing."""

import io
import subprocess
import sys
import tarfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes
import pytest

from sandbox import address, places, stack

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def api() -> Any:
    return kubernetes.config.new_client_from_config(str(address.load().kubeconfig))


@pytest.fixture(scope="module")
def namespace(api: Any) -> Iterator[str]:
    name = f"sandbox-test-{uuid.uuid4().hex[:8]}"
    core = kubernetes.client.CoreV1Api(api)
    core.create_namespace({"metadata": {"name": name}})
    yield name
    core.delete_namespace(name)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two static programs in one image: a server, and a client that looks its name up."""
    sandbox = address.load()
    layer = tmp_path_factory.mktemp("image") / "layer.tar"
    with tarfile.open(layer, "w") as archive:
        for name in ("registry", "crane"):
            archive.add((sandbox.bin / name).resolve(), arcname=name)
        content = b"version: 0.1\nlog: {level: warn}\nstorage: {inmemory: {}}\nhttp: {addr: ':5000'}\n"
        content = content.replace(b"inmemory: {}", b"filesystem: {rootdirectory: /data}")
        entry = tarfile.TarInfo("registry.yaml")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    tag = f"{sandbox.registry}/sandbox/probe:{uuid.uuid4().hex[:8]}"
    crane = str(sandbox.bin / "crane")
    subprocess.run(
        [crane, "append", "--oci-empty-base", "-f", str(layer), "-t", tag], check=True, capture_output=True
    )
    return tag


def test_every_server_runs() -> None:
    assert [name for name, pid, _ in stack.status() if pid is None] == []


def test_pods_run_and_find_each_other_by_service_name(api: Any, namespace: str, image: str) -> None:
    core = kubernetes.client.CoreV1Api(api)
    core.create_namespaced_pod(namespace, _pod("server", image, ["/registry", "/registry.yaml"]))
    port = {"port": 80, "targetPort": 5000}
    core.create_namespaced_service(
        namespace, {"metadata": {"name": "server"}, "spec": {"selector": {"app": "server"}, "ports": [port]}}
    )
    _until(core, namespace, "server", "Running")
    # Through DNS (the pod's search list), the service's address and the proxy's rules.
    argv = ["/crane", "catalog", "--insecure", f"server.{namespace}.svc.cluster.local:80"]
    core.create_namespaced_pod(namespace, _pod("client", image, argv))
    assert _until(core, namespace, "client", "Succeeded", "Failed") == "Succeeded"


def test_a_second_up_starts_nothing() -> None:
    before = stack.status()
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "up"], cwd=places.ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "answers" not in done.stdout
    assert stack.status() == before


def test_servers_listen_on_loopback_or_the_bridge_only() -> None:
    from sandbox.network import NODE_IP
    from sandbox.ports import listening, owner

    pids = {pid for _, pid, _ in stack.status()}
    ours = [held for held in listening() if (who := owner(held.inode)) and who[0] in pids]
    assert len(ours) > 10
    assert {h.listener.host for h in ours} <= {"127.0.0.1", NODE_IP}


def test_pods_keep_their_gateway_whichever_pods_come_and_go() -> None:
    """The address of no port: the bridge would take another when that port's pod ends."""
    from sandbox.network import BRIDGE

    link = Path(f"/sys/class/net/{BRIDGE}")
    ports = {(port.resolve() / "address").read_text() for port in link.glob("lower_*")}
    assert (link / "address").read_text() not in ports


def test_the_users_own_kubeconfig_is_not_used() -> None:
    assert Path.home() / ".kube" not in address.load().kubeconfig.parents


def _pod(name: str, image: str, command: list[str]) -> dict[str, object]:
    container = {"name": name, "image": image, "command": command}
    spec = {"containers": [container], "restartPolicy": "Never", "terminationGracePeriodSeconds": 1}
    return {"metadata": {"name": name, "labels": {"app": name}}, "spec": spec}


def _until(core: Any, namespace: str, pod: str, *phases: str) -> str:
    until = time.monotonic() + 60
    while (phase := str(core.read_namespaced_pod(pod, namespace).status.phase)) not in phases:
        assert time.monotonic() < until, core.read_namespaced_pod(pod, namespace).status
        time.sleep(0.2)
    return phase

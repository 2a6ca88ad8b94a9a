"""The tier of one real Kubernetes node: etcd, control plane, containerd, kubelet, proxy and DNS."""

from collections.abc import Callable
from pathlib import Path

from sandbox import containers, control_plane, etcd, network, node
from sandbox.processes import Processes, Service

NAMES = (
    "kubelet",
    "kube-proxy",
    "dns",
    "containerd",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-apiserver",
    "etcd",
)

# Each wave starts together; the next begins when the one before answers.
Wave = Callable[[Path, Path], Service]
WAVES: tuple[tuple[Wave, ...], ...] = (
    (etcd.service, containers.service),
    (control_plane.api_server,),
    (control_plane.controller_manager, control_plane.scheduler, node.dns),
    (node.kubelet, node.proxy),
)


def prepare(state: Path) -> None:
    """Everything but processes: the bridge, certificates and kubeconfig."""
    network.raise_bridge(state)
    control_plane.write_credentials(state)


def stop(processes: Processes, state: Path) -> None:
    """The kubelet first, else it starts again what is stopped; the API server before what it writes to."""
    processes.stop(["kubelet", "kube-proxy", "dns"])
    processes.stop(["containerd"])
    containers.clear(state)
    processes.stop(["kube-controller-manager", "kube-scheduler"])
    # It drains open watches for longer than anyone wants to wait; what it answered is in etcd.
    processes.stop(["kube-apiserver"], patience_seconds=3)
    processes.stop(["etcd"])
    network.remove(state)


def leftovers(state: Path) -> bool:
    """True when a crash (or a reboot) left containers, mounts or sockets of a cluster that does not run."""
    mounted = any(f" {state}/" in line for line in Path("/proc/self/mountinfo").read_text().splitlines())
    return mounted or any((state / "runc" / "k8s.io").glob("*")) or containers.socket(state).exists()

"""The node: kubelet, kube-proxy and the cluster's DNS."""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sandbox import containers, files
from sandbox.control_plane import ask_api, kubeconfig
from sandbox.network import CLUSTER_RANGE, NODE_IP, POD_RANGE
from sandbox.ports import Listener
from sandbox.processes import Service
from sandbox.webcheck import answers

NAME = "sandbox"


def kubelet(state: Path, programs: Path) -> Service:
    config = _write(state / "kubelet.json", _kubelet_config(state))
    argv = [
        str(programs / "kubelet"),
        f"--config={config}",
        f"--kubeconfig={kubeconfig(state)}",
        f"--root-dir={state / 'kubelet'}",
        f"--hostname-override={NAME}",
        f"--node-ip={NODE_IP}",
        # Nobody asks for the use of the node and its pods more often than a kubelet does that looks whether its disk is full.
        "--housekeeping-interval=1m",
    ]
    listens = (Listener(NODE_IP, 10250), Listener("127.0.0.1", 10248))
    path = f"{programs}:/usr/sbin:/usr/bin:/sbin:/bin"
    return Service(
        "kubelet",
        argv,
        ready=lambda started: _node_ready(state, started),
        listens=listens,
        environment={"PATH": path},
        cwd=state,
    )


def proxy(state: Path, programs: Path) -> Service:
    config = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "hostnameOverride": NAME,
        "clientConnection": {"kubeconfig": str(kubeconfig(state))},
        "clusterCIDR": CLUSTER_RANGE,
        "conntrack": {"maxPerCore": 0},
        "nodePortAddresses": [POD_RANGE],
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        # Pods share one bridge: an answer would else go past the node, and not be translated back.
        # Rules are written at once: what has become ready is tested at once.
        "nftables": {"masqueradeAll": True, "minSyncPeriod": "100ms"},
    }
    argv = [str(programs / "kube-proxy"), f"--config={_write(state / 'kube-proxy.json', config)}"]
    listens = (Listener("127.0.0.1", 10256), Listener("127.0.0.1", 10249))
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    ready = "http://127.0.0.1:10256/healthz"
    return Service(
        "kube-proxy",
        argv,
        ready=lambda _: answers(ready),
        listens=listens,
        environment=environment,
        cwd=state,
    )


def dns(state: Path, programs: Path) -> Service:
    corefile = files.write(
        state / "Corefile",
        f".:53 {{\n  bind {NODE_IP}\n  errors\n  ready 127.0.0.1:8181\n"
        f"  kubernetes cluster.local in-addr.arpa {{\n    kubeconfig {kubeconfig(state)}\n  }}\n}}\n",
    )
    listens = (Listener(NODE_IP, 53), Listener("127.0.0.1", 8181))
    argv = [str(programs / "dns"), "-conf", str(corefile)]
    return Service(
        "dns", argv, ready=lambda _: answers("http://127.0.0.1:8181/ready"), listens=listens, cwd=state
    )


def _kubelet_config(state: Path) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "containerRuntimeEndpoint": f"unix://{containers.socket(state)}",
        "address": NODE_IP,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(state / "pki" / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "clusterDomain": "cluster.local",
        "clusterDNS": [NODE_IP],
        "podCIDR": POD_RANGE,
        "podLogsDir": str(state / "pod-logs"),
        "volumePluginDir": str(state / "volume-plugins"),
        # Machines of every kind: cgroup v1, swap, little room on the disk, no control over the host's limits.
        "failCgroupV1": False,
        "failSwapOn": False,
        "cgroupDriver": "cgroupfs",
        "enforceNodeAllocatable": [],
        "localStorageCapacityIsolation": False,
        "makeIPTablesUtilChains": False,
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "1%",
            "nodefs.inodesFree": "1%",
            "imagefs.available": "1%",
        },
        "syncFrequency": "2s",
        # Default limits hold back a node on which every release starts a handful of pods at once.
        "kubeAPIQPS": 100,
        "kubeAPIBurst": 200,
        "serializeImagePulls": False,
        "resolvConf": _upstream_dns(),
    }


def _upstream_dns() -> str:
    return "/etc/resolv.conf" if os.path.exists("/etc/resolv.conf") else ""


def _node_ready(state: Path, started: datetime) -> bool:
    """True when the kubelet started then has called the node ready: an earlier one's word is still there."""
    node = ask_api(state, f"/api/v1/nodes/{NAME}") or {}
    for condition in node.get("status", {}).get("conditions", []):
        if condition["type"] == "Ready" and condition["status"] == "True":
            return datetime.fromisoformat(condition["lastHeartbeatTime"]) >= started
    return False


def _write(file: Path, content: Mapping[str, object]) -> Path:
    return files.write(file, json.dumps(content, indent=2))

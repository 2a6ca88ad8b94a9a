"""containerd: its configuration, and an end that leaves no container, shim, mount or cgroup."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from sandbox import files
from sandbox.failure import SandboxError
from sandbox.network import BRIDGE, POD_RANGE
from sandbox.processes import Service
from sandbox.registry import ADDRESS as REGISTRY

PAUSE_IMAGE = f"{REGISTRY}/sandbox/pause:1"

_CONFIG = """\
version = 3
root = "{state}/containerd"
state = "{state}/containerd-state"
disabled_plugins = ["io.containerd.nri.v1.nri", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "{socket}"
[plugins."io.containerd.cri.v1.runtime"]
  # A machine without CAP_SYS_RESOURCE refuses to lower a score, and every pod would fail.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  # Nobody asks how much a pod uses; by default each is read every second, with a call to its shim.
  stats_collect_period = "1h"
[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["{programs}"]
  conf_dir = "{state}/cni"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
  BinaryName = "{runc}"
  Root = "{runc_root}"
[plugins."io.containerd.cri.v1.images"]
  stats_collect_period = 3600
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "{pause}"
[plugins."io.containerd.cri.v1.images".registry]
  config_path = "{state}/certs.d"
"""

_HOSTS = """\
server = "http://{registry}"
[host."http://{registry}"]
  capabilities = ["pull", "resolve"]
"""


def socket(state: Path) -> Path:
    return state / "containerd.sock"


def service(state: Path, programs: Path) -> Service:
    """containerd, after its configuration, the registry's and the pod network's are written."""
    # Preflight asks what this listens on before runc is installed: then it is where Debian will put it.
    runc = (
        shutil.which("runc", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
        or "/usr/sbin/runc"
    )
    filled = {"state": state, "programs": programs, "socket": socket(state), "runc": runc}
    toml = _CONFIG.format(**filled, runc_root=_runc_root(state), pause=PAUSE_IMAGE)
    config = files.write(state / "containerd.toml", toml)
    files.write(state / "certs.d" / REGISTRY / "hosts.toml", _HOSTS.format(registry=REGISTRY))
    files.write(state / "cni" / "10-sandbox.conflist", json.dumps(_network(state), indent=2))
    path = f"{programs}:/usr/sbin:/usr/bin:/sbin:/bin"
    return Service(
        "containerd",
        [str(programs / "containerd"), "--config", str(config)],
        ready=lambda _: socket(state).exists(),
        environment={"PATH": path},
    )


def clear(state: Path) -> None:
    """After the kubelet and containerd are gone: ends containers and shims, unmounts, removes cgroups."""
    root = _runc_root(state) / "k8s.io"
    for container in root.glob("*"):
        argv = ["runc", "--root", str(root), "delete", "--force", container.name]
        subprocess.run(argv, capture_output=True, check=False, timeout=30)
    _kill_shims(state)
    unmount_below(state)
    # No pod has an address any more; what is noted of them would only fill the range.
    shutil.rmtree(state / "cni-addresses", ignore_errors=True)
    for kept in Path("/var/lib/cni/results").glob("sandbox-*"):
        kept.unlink(missing_ok=True)
    socket(state).unlink(missing_ok=True)
    shutil.rmtree(state / "containerd-state", ignore_errors=True)
    shutil.rmtree(_runc_root(state), ignore_errors=True)
    _remove_cgroups()


def unmount_below(folder: Path) -> None:
    """Unmounts everything below a folder, the innermost first."""
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount in sorted((m for m in mounts if m.startswith(f"{folder}/")), key=len, reverse=True):
        subprocess.run(["umount", "--lazy", mount], capture_output=True, check=False)


def _network(state: Path) -> dict[str, object]:
    addresses = {
        "type": "host-local",
        "dataDir": str(state / "cni-addresses"),
        "ranges": [[{"subnet": POD_RANGE}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    # Without masquerading: pods reach the node, each other and services, and no rule outlives a pod.
    bridge = {"type": "bridge", "bridge": BRIDGE, "isGateway": True, "hairpinMode": True, "ipam": addresses}
    return {"cniVersion": "1.0.0", "name": "sandbox", "plugins": [bridge]}


def _runc_root(state: Path) -> Path:
    return state / "runc"


def _kill_shims(state: Path) -> None:
    """Ends the shims that serve our containerd, known by its socket's path among their arguments."""
    ours = str(socket(state)).encode()
    until = time.monotonic() + 5
    while shims := _with_argument(ours):
        for pid in shims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > until:
            raise SandboxError(f"containerd's shims do not end: {shims}")
        time.sleep(0.05)


def _with_argument(argument: bytes) -> list[int]:
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            arguments = file.read_bytes().split(b"\0")
            if b"containerd-shim" in arguments[0] and argument in arguments:
                found.append(int(file.parent.name))
    return found


def _remove_cgroups() -> None:
    for pods in [*Path("/sys/fs/cgroup").glob("kubepods"), *Path("/sys/fs/cgroup").glob("*/kubepods")]:
        for folder in sorted(
            (f for f in [pods, *pods.rglob("*")] if f.is_dir()), key=lambda f: -len(f.parts)
        ):
            with contextlib.suppress(OSError):
                folder.rmdir()

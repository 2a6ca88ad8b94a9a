"""The bridge on which the node, its pods and the cluster's DNS live; made by `up`, gone with `down`."""

import json
import subprocess
from pathlib import Path

from sandbox.failure import SandboxError

BRIDGE = "sb0"
BRIDGE_MAC = "0a:58:0a:f4:00:01"
"""Of its own: a bridge without one takes the lowest of its ports', and pods lose their gateway when that pod goes."""
NODE_IP = "10.244.0.1"
POD_RANGE = "10.244.0.0/24"
CLUSTER_RANGE = "10.244.0.0/16"
SERVICE_RANGE = "10.96.0.0/16"

_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
_NFT_TABLES = (("ip", "kube-proxy"), ("ip6", "kube-proxy"))


def raise_bridge(state: Path) -> None:
    """Makes the bridge and lets the kernel forward to services; notes what forwarding was before."""
    if not bridge_is_up():
        _run("ip", "link", "add", BRIDGE, "address", BRIDGE_MAC, "type", "bridge")
        _run("ip", "address", "add", f"{NODE_IP}/24", "dev", BRIDGE)
        _run("ip", "link", "set", BRIDGE, "up")
    before = state / "ip_forward.before"
    if not before.exists():
        before.write_text(_FORWARDING.read_text())
    _FORWARDING.write_text("1\n")


def remove(state: Path) -> None:
    """Takes away the bridge, the proxy's rules and our change to forwarding, where they are."""
    for pair in _links_on_bridge():
        subprocess.run(["ip", "link", "delete", pair], check=False, capture_output=True)
    if Path(f"/sys/class/net/{BRIDGE}").exists():
        _run("ip", "link", "delete", BRIDGE)
    for family, table in _NFT_TABLES:
        # Fails when the table is not there, which is what is wanted.
        subprocess.run(["nft", "delete", "table", family, table], check=False, capture_output=True)
    before = state / "ip_forward.before"
    if before.exists():
        _FORWARDING.write_text(before.read_text())
        before.unlink()


def bridge_is_up() -> bool:
    """True when the bridge carries the node's address."""
    shown = subprocess.run(
        ["ip", "-json", "address", "show", "dev", BRIDGE], capture_output=True, check=False
    )
    if shown.returncode != 0:
        return False
    return any(
        address["local"] == NODE_IP for link in json.loads(shown.stdout) for address in link["addr_info"]
    )


def _links_on_bridge() -> list[str]:
    return [port.name for port in Path(f"/sys/class/net/{BRIDGE}/brif").glob("*")]


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SandboxError(f"{' '.join(argv)}: {done.stderr.strip()}")

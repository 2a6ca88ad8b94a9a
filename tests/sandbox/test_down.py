"""What `make down` leaves on the machine: the data, and no process, mount, bridge or firewall rule."""

import os
import subprocess
import sys
from pathlib import Path

import kubernetes
import pytest

from sandbox import address, external, forge_program, network, places, stack

pytestmark = pytest.mark.cluster

OURS = (
    str(places.STATE),
    str(places.binaries()),
    str(places.binaries().resolve()),
    str(forge_program.folder()),
)


def make(target: str) -> None:
    """What the target of the Makefile runs."""
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", target],
        cwd=places.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def processes() -> list[str]:
    """Command lines of the processes that run a program of the sandbox, or work in its folder."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            program, folder = str((process / "exe").readlink()), str((process / "cwd").readlink())
        except OSError:
            continue
        in_ours = program.startswith(OURS) or folder.startswith(OURS)
        if in_ours or any(place in command for place in OURS):
            found.append(command)
    return found


def sockets() -> list[str]:
    """That somebody listens on, or that were left as files."""
    listening = [
        line for line in Path("/proc/net/unix").read_text().splitlines() if str(places.STATE) in line
    ]
    return listening + [str(each) for each in (places.STATE / "postgres").glob(".s.*")]


def mounts() -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [line for line in lines if line.split()[4].startswith(str(places.STATE))]


def links() -> list[str]:
    said = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    return [line for line in said.splitlines() if network.BRIDGE in line]


def rules() -> list[str]:
    said = [
        subprocess.run(command, capture_output=True, text=True, check=True).stdout
        for command in (["nft", "list", "ruleset"], ["iptables-save"])
    ]
    own = ("kube-proxy", "KUBE-", "CNI-", "10.244.", "10.96.")
    return [line for text in said for line in text.splitlines() if any(mark in line for mark in own)]


def test_down_leaves_the_data_and_nothing_that_runs() -> None:
    core = kubernetes.client.CoreV1Api(
        kubernetes.config.new_client_from_config(str(address.load().kubeconfig))
    )
    kept = core.create_namespaced_config_map("default", {"metadata": {"generateName": "kept-by-down-"}})
    assert processes()
    assert sockets()
    make("down")
    try:
        assert (processes(), sockets()) == ([], [])
        if external.external() is None:
            assert (mounts(), links(), rules()) == ([], [], [])
    finally:
        make("up")
    assert [name for name, pid, _ in stack.status() if pid is None] == []
    core.delete_namespaced_config_map(kept.metadata.name, "default")

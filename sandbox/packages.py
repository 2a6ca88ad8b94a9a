"""The system's packages that the sandbox needs: which are missing, and their installation on Debian."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping

from sandbox.failure import SandboxError

SEARCH = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"

# A command, and the Debian package that brings it.
COMMANDS: Mapping[str, str] = {
    "git": "git",
    "make": "make",
    "ip": "iproute2",
    "mount": "mount",
    "runc": "runc",
    "nft": "nftables",
    "iptables": "iptables",
    "conntrack": "conntrack",
}
BROWSER = {"chromium": "chromium"}
"""For the tests of the release view alone."""
FORGE = {"cc": "gcc"}
"""For building the forge alone."""
CLUSTER_ONLY = frozenset({"iproute2", "mount", "runc", "nftables", "iptables", "conntrack"})


def missing(
    *,
    with_cluster: bool = True,
    with_browser: bool = False,
    with_forge: bool = False,
    has: Callable[[str], bool] | None = None,
) -> list[str]:
    """The packages to install, in a stable order; `has` answers whether a command is there."""
    there = has or (lambda command: shutil.which(command, path=SEARCH) is not None)
    commands = {**COMMANDS, **(BROWSER if with_browser else {}), **(FORGE if with_forge else {})}
    wanted = {package for command, package in commands.items() if not there(command)}
    if "gcc" in wanted:
        wanted.add("libc6-dev")
    if not with_cluster:
        wanted -= CLUSTER_ONLY
    if not _can_make_venv():
        wanted.add("python3-venv")
    return sorted(wanted)


def install_missing(
    *, with_cluster: bool = True, with_browser: bool = False, with_forge: bool = False
) -> None:
    """Installs them with apt-get; does nothing when none is missing."""
    wanted = missing(with_cluster=with_cluster, with_browser=with_browser, with_forge=with_forge)
    if not wanted:
        return
    if shutil.which("apt-get") is None:
        raise SandboxError(
            f"missing: {', '.join(wanted)} (names as Debian has them)", "install them; apt-get is not here"
        )
    print(f"installing {' '.join(wanted)}", flush=True)
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    for argv in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-qq", "--no-install-recommends", *wanted],
    ):
        done = subprocess.run(argv, env=os.environ | quiet, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SandboxError(f"{' '.join(argv)} failed:\n{(done.stdout + done.stderr)[-800:]}")


def _can_make_venv() -> bool:
    return importlib.util.find_spec("ensurepip") is not None

"""The system's packages that the sandbox needs: which are missing, and their installation on Debian."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from sandbox.failure import SandboxError

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
    "postgres": "postgresql",
}
BROWSER = {"chromium": "chromium"}
"""For the tests of the release view alone."""
FORGE = {"cc": "gcc", "ssh": "openssh-client"}
"""For building the forge, and for git over ssh to it, alone."""
CLUSTER_ONLY = frozenset({"iproute2", "mount", "runc", "nftables", "iptables", "conntrack"})
_DEBIANS_POSTGRES = Path("/usr/lib/postgresql")
_CREATES_CLUSTER = Path("/etc/postgresql-common/createcluster.d/headway-sandbox.conf")


def search_path() -> str:
    """Where commands are looked for: PATH, the system's folders, and PostgreSQL's, newest first, which Debian puts on no PATH."""
    versions = [each for each in _DEBIANS_POSTGRES.glob("*/bin") if each.parent.name.isdecimal()]
    newest_first = sorted(versions, key=lambda each: int(each.parent.name), reverse=True)
    system = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"]
    return ":".join([os.environ.get("PATH", ""), *system, *map(str, newest_first)])


def missing(
    *,
    with_cluster: bool = True,
    with_browser: bool = False,
    with_forge: bool = False,
    has: Callable[[str], bool] | None = None,
) -> list[str]:
    """The packages to install, in a stable order; `has` answers whether a command is there."""
    there = has or (lambda command: shutil.which(command, path=search_path()) is not None)
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
    with _no_server_of_debians_own():
        for argv in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-qq", "--no-install-recommends", *wanted],
        ):
            done = subprocess.run(argv, env=os.environ | quiet, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise SandboxError(f"{' '.join(argv)} failed:\n{(done.stdout + done.stderr)[-800:]}")


@contextmanager
def _no_server_of_debians_own() -> Iterator[None]:
    """Else installing PostgreSQL makes a database for the whole machine, and starts its server now and at each boot."""
    _CREATES_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
    _CREATES_CLUSTER.write_text("create_main_cluster = false\n")
    try:
        yield
    finally:
        _CREATES_CLUSTER.unlink()
        with suppress(OSError):
            _CREATES_CLUSTER.parent.rmdir()


def _can_make_venv() -> bool:
    return importlib.util.find_spec("ensurepip") is not None

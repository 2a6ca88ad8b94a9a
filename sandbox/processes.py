"""Starts and stops the servers, known by pid and start time, so that a reused pid is never killed."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox import files
from sandbox.failure import SandboxError
from sandbox.ports import Listener


@dataclass(frozen=True, slots=True)
class Service:
    """One server: how it starts, where it listens, and how it is known to answer (given when it started)."""

    name: str
    argv: Sequence[str]
    ready: Callable[[datetime], bool]
    listens: tuple[Listener, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    patience_seconds: float = 60
    end: signal.Signals = signal.SIGTERM
    """The signal at which it ends in order."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A process that cannot be mistaken for another: its pid, its start in clock ticks, and which boot."""

    pid: int
    started_ticks: int
    boot: str


def identify(pid: int) -> Identity | None:
    """The identity of a process that runs now; None when there is none, or only its remains."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    after_name = stat.rpartition(")")[2].split()
    return None if after_name[0] == "Z" else Identity(pid, int(after_name[19]), boot_id())


def started_at(pid: int) -> datetime:
    """When a process started, never later than the truth: the kernel tells its own start in whole seconds."""
    identity = identify(pid)
    ticks = identity.started_ticks if identity else 0
    boot = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime"))
    seconds = int(boot.split()[1]) + ticks / os.sysconf("SC_CLK_TCK")
    return datetime.fromtimestamp(seconds, UTC) - timedelta(seconds=2)


def boot_id() -> str:
    """What tells this boot of the machine from every other."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


# Servers outlive this process; held so that Python does not warn of them, and those that end are reaped.
_STARTED_HERE: list["subprocess.Popen[bytes]"] = []


class Processes:
    """The servers of one clone, by the pid files in its state folder."""

    def __init__(self, state: Path) -> None:
        self._pids = state / "pids"
        self._logs = state / "logs"

    def log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def names(self) -> list[str]:
        """Every server that has a pid file, running or not."""
        return sorted(file.stem for file in self._pids.glob("*.json"))

    def running(self, name: str) -> int | None:
        """The pid of a server that we started and that still runs."""
        noted = self._noted(name)
        return noted.pid if noted and identify(noted.pid) == noted else None

    def orphaned(self, name: str) -> int | None:
        """The session of a server that died without what it had started; None when nothing of it is left."""
        noted = self._noted(name)
        if noted is None or noted.boot != boot_id() or Path(f"/proc/{noted.pid}").exists():
            return None
        # The kernel gives no new process the number of a session that still has members.
        return noted.pid if _members(noted.pid) else None

    def start(self, service: Service) -> bool:
        """Starts a server that does not run; False when it runs already. Does not wait until it answers."""
        if self.running(service.name) is not None:
            return False
        self._pids.mkdir(parents=True, exist_ok=True)
        self._logs.mkdir(parents=True, exist_ok=True)
        with self.log(service.name).open("ab") as log:
            process = subprocess.Popen(
                service.argv,
                cwd=service.cwd,
                env=dict(service.environment) or None,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        _STARTED_HERE.append(process)
        identity = identify(process.pid)
        if identity is not None:
            noted = {**asdict(identity), "end": service.end}
            files.write(self._pids / f"{service.name}.json", json.dumps(noted))
        return True

    def wait(self, service: Service) -> None:
        """Waits until a server answers; raises SandboxError with its log's end if it dies or stays silent."""
        until = time.monotonic() + service.patience_seconds
        while True:
            pid = self.running(service.name)
            if pid is None:
                raise SandboxError(f"{service.name} ended while starting:\n{self._log_end(service.name)}")
            if service.ready(started_at(pid)):
                return
            if time.monotonic() > until:
                waited = f"{service.name} does not answer after {service.patience_seconds:.0f} s"
                raise SandboxError(f"{waited}:\n{self._log_end(service.name)}")
            time.sleep(0.1)

    def stop(self, names: Sequence[str], *, patience_seconds: float = 10) -> None:
        """Stops servers and what they started in their sessions; kills what outlives the patience."""
        sessions = {name: pid for name in names if (pid := self.running(name) or self.orphaned(name))}
        for name, pid in sessions.items():
            _signal_session(pid, self._end(name))
        if not _gone(list(sessions.values()), patience_seconds):
            for pid in sessions.values():
                _signal_session(pid, signal.SIGKILL)
            if not _gone(list(sessions.values()), 5):
                left = [name for name, pid in sessions.items() if _members(pid)]
                raise SandboxError(f"not even a kill ends: {', '.join(left)}")
        _STARTED_HERE[:] = [process for process in _STARTED_HERE if process.poll() is None]
        for name in names:
            (self._pids / f"{name}.json").unlink(missing_ok=True)

    def _noted(self, name: str) -> Identity | None:
        read = self._read(name)
        try:
            return Identity(read["pid"], read["started_ticks"], read["boot"])
        except KeyError:
            return None

    def _end(self, name: str) -> signal.Signals:
        return signal.Signals(self._read(name).get("end", signal.SIGTERM))

    def _read(self, name: str) -> dict[str, Any]:
        """Nothing of a file that is not there, or half of one."""
        try:
            read: dict[str, Any] = json.loads((self._pids / f"{name}.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return read

    def _log_end(self, name: str) -> str:
        lines = self.log(name).read_text(errors="replace").splitlines()
        return "\n".join(["    " + line for line in lines[-12:]] + [f"  (the whole log: {self.log(name)})"])


def _members(session: int) -> list[int]:
    """The living processes of a session: its leader, and what the leader started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            after_name = stat.read_text().rpartition(")")[2].split()
            if int(after_name[3]) == session and after_name[0] != "Z":
                found.append(int(stat.parent.name))
    return found


def _signal_session(session: int, number: signal.Signals) -> None:
    for pid in _members(session):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _gone(sessions: Iterable[int], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while any(_members(session) for session in sessions):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True

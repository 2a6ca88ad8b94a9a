"""Processes that are killed or stopped, each known by its id."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prefect.settings import PREFECT_API_URL

from sandbox import places
from sandbox.processes import Processes


def kill_helm(verb: str) -> bool:
    """End the helm of this process that is at work on `verb`, as the kernel does where memory ends. Whether there was one."""
    for pid in _children(os.getpid()):
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            if (
                words[0].endswith("helm")
                and verb in words[1:3]
                and not any("dry-run" in word for word in words)
            ):
                os.kill(pid, signal.SIGKILL)
                return True
    return False


def _children(parent: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{parent}/task").iterdir():
        with contextlib.suppress(OSError):
            found += map(int, (task / "children").read_text().split())
    return found


def killed_release(
    application: str,
    environment: str,
    reached: Callable[[], object],
    seconds: float,
    by: signal.Signals = signal.SIGKILL,
) -> None:
    """A release run in a process of its own, which is killed as soon as `reached` holds."""
    process = begun_release(application, environment)
    until = time.monotonic() + seconds
    try:
        while not reached():
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < until, "it never came to the point at which it is killed"
            time.sleep(0.02)
    finally:
        process.send_signal(by)
        process.wait()


def begun_release(application: str, environment: str) -> subprocess.Popen[bytes]:
    """A release run in a process of its own."""
    code = f"from flows.release import release; release({application!r}, {environment!r}, return_state=True)"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PREFECT_API_URL": str(PREFECT_API_URL.value())},
        cwd=places.ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextmanager
def stopped(*servers: str) -> Iterator[None]:
    """Servers of the sandbox that accept connections and do not answer."""
    pids = [pid for name in servers if (pid := Processes(places.STATE).running(name))]
    assert len(pids) == len(servers), f"not all of {servers} run"
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)

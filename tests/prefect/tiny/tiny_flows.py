"""Flows for a worker to run: each does one thing that a worker must tell, carry through or end."""

import os
import random
import signal
import subprocess
import threading
import time
from datetime import timedelta
from pathlib import Path

from prefect import flow, suspend_flow_run
from prefect.logging import get_run_logger
from prefect.states import Completed, State

IMPORTED_BY = os.getpid()
VERSION = "first"


@flow
def says(word: str) -> State:
    """Logs it, prints it, and ends in a state whose message tells where it ran."""
    get_run_logger().info("the run says %s", word)
    print(f"the process prints {word}")
    return Completed(message=f"{word} {VERSION} imported={IMPORTED_BY} pid={os.getpid()}")


@flow
def fails() -> None:
    raise ValueError("the flow says no")


@flow
def waits(folder: str, name: str = "run", ignore: bool = False) -> None:
    """Begins (a file with its pid) and goes on until there is a file `go`; a file says if it was told to end."""
    place = Path(folder)
    if ignore:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    helper = subprocess.Popen(["sleep", "300"])
    (place / f"{name}.helper").write_text(str(helper.pid))
    (place / f"{name}.pid").write_text(str(os.getpid()))
    try:
        while not (place / "go").exists():
            time.sleep(0.05)
        (place / f"{name}.done").touch()
    except BaseException as error:
        (place / f"{name}.told").write_text(type(error).__name__)
        raise
    finally:
        helper.kill()
        helper.wait()


@flow
def asks() -> State:
    """Is suspended once."""
    suspend_flow_run(timeout=timedelta(hours=1).seconds, key="once")
    return Completed(message="answered")


@flow
def looks_around() -> State:
    """What it has inherited, beside what an interpreter of its own would have."""
    descriptors = {int(name) for name in os.listdir("/proc/self/fd")}
    opened = {fd: os.readlink(f"/proc/self/fd/{fd}") for fd in descriptors if _is_there(fd)}
    import json

    return Completed(
        message=json.dumps(
            {
                "sockets": sorted(fd for fd, what in opened.items() if "socket" in what),
                "term": str(signal.getsignal(signal.SIGTERM)),
                "blocked": sorted(int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])),
                "folder": os.getcwd(),
                "group": os.getpgid(0) == os.getpid(),
                "random": random.random(),
                "threads": sorted(thread.name for thread in threading.enumerate()),
                "environment": {
                    name: value
                    for name, value in os.environ.items()
                    if name.startswith("PREFECT__") or name == "OF_THE_DEPLOYMENT"
                },
            }
        )
    )


def _is_there(descriptor: int) -> bool:
    return os.path.lexists(f"/proc/self/fd/{descriptor}")

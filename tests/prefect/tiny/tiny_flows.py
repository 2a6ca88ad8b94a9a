"""Flows for a worker to run: each does one thing that a worker must tell, carry through or end."""

import json
import os
import random
import signal
import subprocess
import time
from datetime import timedelta
from pathlib import Path

from prefect import Flow, flow, suspend_flow_run, task
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
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


def note(flow: Flow[..., None], flow_run: FlowRun, state: State) -> None:  # noqa: ARG001
    """A hook: which one, and in which process."""
    place = Path(flow_run.parameters["folder"])
    (place / "hooking").write_text(f"{state.name} {os.getpid()}")
    # Whole, for whoever waits for it to be there.
    (place / "hooking").rename(place / "hooked")


@flow(on_crashed=[note], on_cancellation=[note])
def waits(folder: str, name: str = "run", ignore: bool = False) -> None:
    """Begins (a file with its pid) and goes on until there is a file `go`; files say if it has heard that it is suspended, and if
    it was told to end."""
    place = Path(folder)
    if ignore:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    helper = subprocess.Popen(["sleep", "300"])
    (place / f"{name}.helper").write_text(str(helper.pid))
    (place / f"{name}.pid").write_text(str(os.getpid()))
    try:
        while not (place / "go").exists():
            if _has_heard_of_suspension():
                (place / f"{name}.heard").touch()
            time.sleep(0.05)
        (place / f"{name}.done").touch()
    except BaseException as error:
        (place / f"{name}.told").write_text(type(error).__name__)
        raise
    finally:
        helper.kill()
        helper.wait()


def _has_heard_of_suspension() -> bool:
    running = FlowRunContext.get()
    return running is not None and running.flow_run_suspension_request.is_requested()


@task
def step() -> None:
    time.sleep(0.05)


@flow
def steps(folder: str) -> None:
    """Begins as `waits` does, and goes on step by step."""
    place = Path(folder)
    (place / "run.pid").write_text(str(os.getpid()))
    try:
        while not (place / "go").exists():
            step()
    except BaseException as error:
        (place / "run.told").write_text(type(error).__name__)
        raise


@flow
def asks() -> State:
    """Is suspended once."""
    suspend_flow_run(timeout=timedelta(hours=1).seconds, key="once")
    return Completed(message="answered")


@flow
def looks_around() -> State:
    """What it has inherited."""
    return Completed(
        message=json.dumps(
            {
                "inherited_sockets": len(set(map(_socket, os.listdir("/proc/self/fd"))) & _of_parent()),
                "blocked": sorted(int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])),
                "folder": os.getcwd(),
                "group": os.getpgid(0) == os.getpid(),
                "random": random.random(),
                "environment": {
                    name: value
                    for name, value in os.environ.items()
                    if name.startswith("PREFECT__") or name == "OF_THE_DEPLOYMENT"
                },
            }
        )
    )


def _socket(descriptor: str, process: str = "self") -> str:
    """Which one it is; the number of the descriptor where it is none."""
    try:
        named = os.readlink(f"/proc/{process}/fd/{descriptor}")
    except OSError:
        named = ""
    return named if named.startswith("socket:") else ""


def _of_parent() -> set[str]:
    """Sockets of the fork parent, such as its channel to the worker."""
    parent = str(os.getppid())
    return {_socket(name, parent) for name in os.listdir(f"/proc/{parent}/fd")} - {""}

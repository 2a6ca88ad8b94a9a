"""Servers are known by more than their pid: nobody else's process is ever stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.failure import SandboxError
from sandbox.processes import Processes, Service, identify, started_at

SLEEPER = [sys.executable, "-c", "import time; time.sleep(300)"]
# Starts a child in its own session's care, says so, and stays.
PARENT = ["/bin/sh", "-c", "sleep 300 & echo child $!; wait"]
POLITE = [
    "/bin/sh",
    "-c",
    "trap 'echo in order; exit' INT; trap '' TERM; echo trapped; while :; do sleep 0.1; done",
]
STUBBORN = ["/bin/sh", "-c", "trap '' TERM; echo trapped; while :; do sleep 0.1; done"]


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    made = Processes(tmp_path)
    yield made
    made.stop(made.names(), patience_seconds=1)


def _service(argv: list[str], *, answers: bool = True, patience: float = 5) -> Service:
    return Service("server", argv, ready=lambda _: answers, patience_seconds=patience)


def _wait_for(processes: Processes, text: str) -> str:
    until = time.monotonic() + 5
    while text not in (said := processes.log("server").read_text()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return said


def test_a_server_that_runs_is_not_started_again(processes: Processes) -> None:
    assert processes.start(_service(SLEEPER))
    pid = processes.running("server")
    assert pid is not None
    assert not processes.start(_service(SLEEPER))
    assert processes.running("server") == pid


def test_a_pid_that_became_someone_elses_is_neither_reported_nor_stopped(
    tmp_path: Path, processes: Processes
) -> None:
    processes.start(_service(SLEEPER))
    processes.stop(["server"])
    bystander = subprocess.Popen(SLEEPER, start_new_session=True)
    try:
        identity = identify(bystander.pid)
        assert identity is not None
        stale = {"pid": bystander.pid, "started_ticks": identity.started_ticks - 1, "boot": identity.boot}
        (tmp_path / "pids" / "server.json").write_text(json.dumps(stale))
        assert processes.running("server") is None
        assert processes.orphaned("server") is None
        processes.stop(["server"])
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_pid_file_of_an_earlier_boot_names_nobody(tmp_path: Path, processes: Processes) -> None:
    processes.start(_service(SLEEPER))
    file = tmp_path / "pids" / "server.json"
    truth = file.read_text()
    file.write_text(json.dumps(json.loads(truth) | {"boot": "another"}))
    assert processes.running("server") is None
    file.write_text(truth)


def test_a_half_written_pid_file_names_nobody(tmp_path: Path, processes: Processes) -> None:
    (tmp_path / "pids").mkdir()
    (tmp_path / "pids" / "server.json").write_text('{"pid": 1')
    assert processes.running("server") is None


def test_stopping_takes_what_the_server_started_with_it(processes: Processes) -> None:
    processes.start(_service(PARENT))
    child = int(_wait_for(processes, "child").split()[-1])
    processes.stop(["server"])
    assert identify(child) is None


def test_what_a_killed_server_left_behind_is_found_and_stopped(processes: Processes) -> None:
    processes.start(_service(PARENT))
    child = int(_wait_for(processes, "child").split()[-1])
    pid = processes.running("server")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)  # As init does for the servers of an `up` that has ended.
    assert processes.running("server") is None
    assert processes.orphaned("server") == pid
    processes.stop(["server"])
    assert identify(child) is None


def test_a_server_that_ignores_the_request_to_end_is_killed(processes: Processes) -> None:
    processes.start(_service(STUBBORN))
    _wait_for(processes, "trapped")
    processes.stop(["server"], patience_seconds=0.3)
    assert processes.running("server") is None


def test_a_server_is_ended_by_the_signal_that_it_wants_also_by_who_did_not_start_it(tmp_path: Path) -> None:
    started = Processes(tmp_path)
    started.start(replace(_service(POLITE), end=signal.SIGINT))
    _wait_for(started, "trapped")
    Processes(tmp_path).stop(["server"])
    assert started.log("server").read_text().split("\n")[-2] == "in order"


def test_a_server_that_dies_while_starting_is_reported_with_its_last_words(processes: Processes) -> None:
    service = _service(["/bin/sh", "-c", "echo no such volume; exit 3"], answers=False)
    processes.start(service)
    _wait_for(processes, "no such volume")
    with pytest.raises(SandboxError, match=r"server ended while starting:\n +no such volume"):
        processes.wait(service)


def test_a_server_that_never_answers_is_reported(processes: Processes) -> None:
    service = _service(SLEEPER, answers=False, patience=0.3)
    processes.start(service)
    with pytest.raises(SandboxError, match="does not answer after"):
        processes.wait(service)


def test_readiness_is_asked_with_the_servers_own_start(processes: Processes) -> None:
    processes.start(_service(SLEEPER))
    pid = processes.running("server")
    assert pid is not None
    age = time.time() - started_at(pid).timestamp()
    assert 0 <= age < 6

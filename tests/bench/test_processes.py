"""Whose processor seconds are, and how they are told."""

import os
import subprocess
import sys
import time

import pytest

from bench import processes
from bench.exits import Exit, Exits
from bench.processes import Used, _account, _Living

ME = os.getpid()
SERVERS = {10: "Prefect's server", 20: "worker", 21: processes.RUNS, 30: processes.REST}


@pytest.mark.parametrize(
    ("ended", "whose"),
    [
        pytest.param(Exit(100, 21, "python", 1.0), "runs: Python", id="a run"),
        pytest.param(Exit(101, 100, "helm", 1.0), "runs: helm", id="a program of a run that has ended"),
        pytest.param(Exit(102, 10, "python", 1.0), "Prefect's server", id="a child of a server"),
        pytest.param(Exit(103, ME, "git", 1.0), "this measurement: git", id="what the measurement starts"),
        pytest.param(Exit(104, 1, "git", 1.0), "runs: git", id="one whose parent ended first, and was seen"),
        pytest.param(Exit(105, 1, "git", 1.0), processes.REST, id="one whose parent nobody saw"),
        pytest.param(Exit(106, 2, "kworker", 1.0), processes.KERNEL, id="a thread of the kernel"),
        pytest.param(Exit(107, 41, "cart", 1.0), "containerd, its shims, pods", id="in a pod"),
    ],
)
def test_whose_a_process_is_that_has_ended(ended: Exit, whose: str) -> None:
    shim = {41: _Living("containerd-shim", 1, {41: 3.0})}
    run = Exit(100, 21, "python", 0.0)
    used = Used()
    _account(used, SERVERS, shim, shim, [run, ended], {104: 100})
    assert {who: seconds for who, seconds in used.seconds.items() if seconds} == {whose: 1.0}


def test_what_a_server_used_before_is_not_counted() -> None:
    before = {10: _Living("prefect", 1, {10: 5.0, 11: 2.0})}
    after = {10: _Living("prefect", 1, {10: 6.0})}
    used = Used()
    # One of its threads has ended meanwhile, and told all that it ever used.
    _account(used, SERVERS, before, after, [Exit(10, 1, "prefect", 2.5)], {})
    assert dict(used.seconds) == {"Prefect's server": 1.5}
    assert used.started["Prefect's server"] == 0


def test_the_table_has_one_delivery_of_each_side_and_the_largest_first() -> None:
    ours = Used(seconds={"runs: helm": 4.0, "worker": 0.2, "etcd": 0.001})
    ours.started["runs: helm"] = 16
    theirs = Used(seconds={"worker": 8.0})
    assert processes.table({"Headway": [(ours, 2)], "script": [(theirs, 2)]}).splitlines() == [
        "| processor seconds (processes) of one | Headway | script |",
        "| --- | ---: | ---: |",
        "| worker | 0.10 | 4.00 |",
        "| runs: helm | 2.00 (8.0) |  |",
        "| in all | 2.10 | 4.00 |",
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="the kernel tells root alone")
def test_the_kernel_tells_of_a_program_that_lives_for_a_moment() -> None:
    with Exits() as exits:
        busy = "import time\nwhile time.process_time() < 0.1: pass"
        process = subprocess.Popen([sys.executable, "-I", "-S", "-c", busy])
        process.wait()
        until = time.monotonic() + 5
        while not any(each.process == process.pid for each in exits.seen) and time.monotonic() < until:
            time.sleep(0.01)
    (found,) = [each for each in exits.seen if each.process == process.pid]
    assert found.parent == ME
    assert 0.09 < found.seconds < 1

"""Memory of the worker, of its runs and of Prefect's server, looked at again and again while something else is measured."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from bench import machine
from bench.machine import Memory
from sandbox import places
from sandbox.processes import Processes

LOOK_SECONDS = 0.5
NOTHING = Memory(0, 0)


@dataclass
class Peaks:
    """The largest of what was seen; bytes."""

    worker: Memory = NOTHING
    """The worker's own process."""
    fork_parent: Memory = NOTHING
    run: Memory = NOTHING
    """The process of one flow run, without the programs that it starts."""
    run_with_programs: Memory = NOTHING
    runs_at_once: int = 0
    runs: Memory = NOTHING
    """All runs at one time with the programs that they had started."""
    server: Memory = NOTHING
    looks: int = field(default=0)


@contextmanager
def watched() -> Iterator[Peaks]:
    """Peaks, complete when the block has ended."""
    peaks, ends = Peaks(), threading.Event()

    def look() -> None:
        while not ends.wait(LOOK_SECONDS):
            with suppress(OSError):
                _look(peaks)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peaks
    finally:
        ends.set()
        thread.join()


def worker() -> int:
    return _pid("worker")


def fork_parent() -> int:
    """Of the worker's children the one that runs are forked from."""
    return next(pid for pid in machine.children(worker()) if "fork_parent" in machine.command(pid))


def _pid(service: str) -> int:
    pid = Processes(places.STATE).running(service)
    if pid is None:
        raise RuntimeError(f"{service} does not run: make up")
    return pid


def _look(peaks: Peaks) -> None:
    parent = fork_parent()
    runs, together = machine.children(parent), NOTHING
    for pid in runs:
        with suppress(OSError):
            alone = machine.memory(pid)
            whole = alone
            for program in _below(pid):
                with suppress(OSError):
                    whole += machine.memory(program)
            peaks.run = _larger(peaks.run, alone)
            peaks.run_with_programs = _larger(peaks.run_with_programs, whole)
            together += whole
    peaks.runs_at_once = max(peaks.runs_at_once, len(runs))
    peaks.runs = _larger(peaks.runs, together)
    peaks.worker = _larger(peaks.worker, machine.memory(worker()))
    peaks.fork_parent = _larger(peaks.fork_parent, machine.memory(parent))
    peaks.server = _larger(peaks.server, machine.memory(_pid("prefect")))
    peaks.looks += 1


def _below(pid: int) -> Iterator[int]:
    for child in machine.children(pid):
        yield child
        yield from _below(child)


def _larger(one: Memory, other: Memory) -> Memory:
    return max(one, other, key=lambda each: each.own)


def idle() -> tuple[Memory, Memory, Memory]:
    """Of worker, fork parent and Prefect's server, now."""
    return machine.memory(worker()), machine.memory(fork_parent()), machine.memory(_pid("prefect"))


def until_quiet(seconds: float = 60) -> None:
    """Wait until the fork parent has no child."""
    until = time.monotonic() + seconds
    while machine.children(fork_parent()) and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)

"""Whose the processor seconds of a measurement are: by server, and by program of what was started meanwhile."""

import os
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench import machine
from bench.exits import Exit, Exits
from sandbox.processes import Processes

RUNS, OWN, KERNEL, REST = "runs", "this measurement", "kernel's own threads", "all else"
_SERVERS = {
    "prefect": "Prefect's server",
    "postgres": "PostgreSQL",
    "worker": "worker",
    "kube-apiserver": "API server",
    "etcd": "etcd",
    "kube-controller-manager": "controllers, scheduler",
    "kube-scheduler": "controllers, scheduler",
    "kubelet": "kubelet",
    "containerd": "containerd, its shims, pods",
    "s3": "S3",
    "registry": "registry",
    "git": "git server",
}
_PYTHON = ("python", "headway")
_SHIM = "containerd-shim"
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Living:
    name: str
    parent: int
    seconds: Mapping[int, float]
    """By thread."""


@dataclass(slots=True)
class Used:
    """Complete when the block of `watched` has ended."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """By whom. What was started by runs, and by this measurement, is by program: "runs: helm"."""
    started: Counter[str] = field(default_factory=Counter)
    """How many processes of each ended meanwhile."""


@contextmanager
def watched(*states: Path) -> Iterator[Used]:
    """`states`: folders of the servers' pid files. Raises OSError where the kernel tells this user nothing."""
    used = Used()
    seen: dict[int, int] = {}
    with Exits() as exits, _parents_noted(seen):
        before = _living()
        yield used
        after = _living()
    _account(used, _servers(states), before, after, exits.seen, seen)


def table(sides: Mapping[str, Sequence[tuple[Used, int]]], least: float = 0.005) -> str:
    """Markdown: by side, the processor seconds of one delivery of those that its measurements made; most first."""
    each = {side: _of_one([used.seconds for used, _ in made], made) for side, made in sides.items()}
    number = {side: _of_one([used.started for used, _ in made], made) for side, made in sides.items()}
    whom = sorted({who for side in each.values() for who in side}, key=lambda who: -_largest(each, who))
    lines = [
        f"| processor seconds (processes) of one | {' | '.join(sides)} |",
        f"| --- |{' ---: |' * len(sides)}",
    ]
    for who in whom:
        if _largest(each, who) >= least:
            cells = (_cell(each[side][who], number[side][who]) for side in sides)
            lines.append(f"| {who} | {' | '.join(cells)} |")
    sums = (f"{sum(each[side].values()):.2f}" for side in sides)
    return "\n".join([*lines, f"| in all | {' | '.join(sums)} |"])


def _of_one(counted: Sequence[Mapping[str, float]], made: Sequence[tuple[Used, int]]) -> Counter[str]:
    count = sum(n for _, n in made)
    whole: Counter[str] = Counter()
    for every in counted:
        whole.update(every)
    return Counter({who: value / count for who, value in whole.items()})


def _largest(each: Mapping[str, Counter[str]], who: str) -> float:
    return max(side[who] for side in each.values())


def _cell(seconds: float, started: float) -> str:
    if seconds < 0.005 and not started:
        return ""
    return f"{seconds:.2f}" + (f" ({started:.1f})" if started >= 0.1 else "")


def _servers(states: Sequence[Path]) -> dict[int, str]:
    found: dict[int, str] = {}
    for state in states:
        processes = Processes(state)
        for name in processes.names():
            pid = processes.running(name)
            if pid is not None:
                found[pid] = _SERVERS.get(name, REST)
                if name == "worker":
                    forks = [each for each in machine.children(pid) if "fork_parent" in machine.command(each)]
                    found.update(dict.fromkeys(forks, RUNS))
    return found


def _account(
    used: Used,
    servers: Mapping[int, str],
    before: Mapping[int, _Living],
    after: Mapping[int, _Living],
    exits: Sequence[Exit],
    seen: Mapping[int, int],
) -> None:
    parents = {pid: each.parent for living in (after, before) for pid, each in living.items()} | dict(seen)
    names = {pid: each.name for living in (before, after) for pid, each in living.items()}
    seconds: dict[int, float] = defaultdict(float)
    for each in exits:
        parents.setdefault(each.process, each.parent)
        names[each.process] = each.name
        seconds[each.process] += each.seconds
    for sign, living in ((1, after), (-1, before)):
        for pid, process in living.items():
            seconds[pid] += sign * sum(process.seconds.values())
    for pid, ran in seconds.items():
        who = _whose(pid, servers, parents, names)
        used.seconds[who] += ran
        used.started[who] += pid not in after and pid not in before


def _whose(pid: int, servers: Mapping[int, str], parents: Mapping[int, int], names: Mapping[int, str]) -> str:
    if pid == 2 or parents.get(pid) == 2:
        return KERNEL
    above = pid
    while above > 1:
        whom = OWN if above == os.getpid() else servers.get(above)
        if whom is None and names.get(above, "").startswith(_SHIM):
            whom = _SERVERS["containerd"]
        if whom in (RUNS, OWN):
            return _program(pid, above, whom, names)
        if whom:
            return whom
        above = parents.get(above, 0)
    return REST


def _program(pid: int, top: int, whom: str, names: Mapping[int, str]) -> str:
    if pid == top:
        return "what runs are forked from" if whom == RUNS else whom
    name = names.get(pid, "")
    return f"{whom}: {'Python' if name.startswith(_PYTHON) else name}"


@contextmanager
def _parents_noted(seen: dict[int, int]) -> Iterator[None]:
    """Whose children processes were before their parent ended: for those that live long enough to be seen."""
    ends = threading.Event()

    def look() -> None:
        while not ends.wait(_LOOK_SECONDS):
            for process in Path("/proc").glob("[0-9]*"):
                pid = int(process.name)
                if pid not in seen:
                    with suppress(OSError, IndexError):
                        parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
                        if parent > 1:
                            seen[pid] = parent

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()


def _living() -> dict[int, _Living]:
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            begin, _, rest = (process / "stat").read_text().rpartition(")")
            threads: dict[int, float] = {}
            for thread in (process / "task").iterdir():
                with suppress(OSError):
                    threads[int(thread.name)] = int((thread / "schedstat").read_text().split()[0]) / 1e9
            found[int(process.name)] = _Living(begin.partition("(")[2], int(rest.split()[1]), threads)
    return found

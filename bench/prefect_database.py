"""`python -m bench.prefect_database`: Prefect's server on SQLite and on PostgreSQL, under the same load in turn.

Both are throw-away servers beside each other, at ports and in folders of their own; PostgreSQL is started as the sandbox starts
it, which need not run. Each round puts `bench.prefect_load` on one and then on the other.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import places, postgres, prefect_server
from sandbox.processes import Processes, Service

MOST_SECONDS = 225
"""No round begins that would not end by then, as long as the one before took."""
_LOAD_TIMEOUT = 180


@dataclass(slots=True)
class Load:
    """Seconds. `reads` and `writes` are those until somebody is answered who asks meanwhile."""

    at_once: int
    took: float = 0
    unfinished: int = 0
    """Runs that did not end in time, or not well."""
    reads: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)
    failures: int = 0
    """Of the asking: no answer, or not a success."""


@dataclass(slots=True)
class Server:
    """One of the two, with what was measured of it."""

    name: str
    folder: Path
    prefect: Service
    started: float = 0
    memory: list[float] = field(default_factory=list)
    """MiB, after each load."""
    loads: dict[int, list[Load]] = field(default_factory=lambda: defaultdict(list))
    """By the number of runs at once."""

    @property
    def api(self) -> str:
        return f"http://{self.prefect.listens[0]}/api"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.prefect_database", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="at most (3)")
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 5, 20], help="runs (1 5 20)")
    arguments = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as folder:
        servers = [_on_sqlite(Path(folder)), _on_postgres(Path(folder))]
        try:
            for server in servers:
                _start(server)
            rounds = _rounds(servers, arguments.rounds, arguments.at_once, until=began + MOST_SECONDS)
        finally:
            for server in servers:
                _stop(server)
        _report(servers, rounds)
    return 0


def _on_sqlite(folder: Path) -> Server:
    own = folder / "sqlite"
    own.mkdir()
    database = f"sqlite+aiosqlite:///{own}/prefect.db"
    return Server("SQLite", own, prefect_server.server(own, database, port=_free_port()))


def _on_postgres(folder: Path) -> Server:
    own = folder / "postgres"
    own.mkdir()
    return Server("PostgreSQL", own, prefect_server.server(own, postgres.url(own), port=_free_port()))


def _start(server: Server) -> None:
    began = time.monotonic()
    processes, services = Processes(server.folder), [server.prefect]
    if server.name == "PostgreSQL":
        postgres.prepare(server.folder)
        services.insert(0, postgres.service(server.folder))
    for service in services:
        processes.start(service)
        processes.wait(service)
    server.started = time.monotonic() - began


def _stop(server: Server) -> None:
    for name in (server.prefect.name, postgres.NAME):
        Processes(server.folder).stop([name])


def _rounds(servers: Sequence[Server], most: int, at_once: Sequence[int], *, until: float) -> int:
    """How many were made."""
    longest = 0.0
    for number in range(most):
        if time.monotonic() + longest > until:
            return number
        began = time.monotonic()
        for server in servers:
            _load(server, at_once)
        longest = max(longest, time.monotonic() - began)
        print(f"round {number + 1} of at most {most}", flush=True)
    return most


def _load(server: Server, at_once: Sequence[int]) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    settings = {
        "PREFECT_API_URL": server.api,
        "PREFECT_HOME": str(server.folder / "client"),
        "DO_NOT_TRACK": "1",
    }
    said = subprocess.run(
        [sys.executable, "-m", "bench.prefect_load", "--at-once", *map(str, at_once)],
        cwd=places.ROOT,
        env=own | settings,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        timeout=_LOAD_TIMEOUT,
    ).stdout
    for line in filter(lambda line: line.startswith("{"), said.splitlines()):
        load = Load(**json.loads(line))
        server.loads[load.at_once].append(load)
    server.memory.append(_memory(server))


def _memory(server: Server) -> float:
    """MiB of its processes, what they share counted once: all that work in its folder."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink().is_relative_to(server.folder):
                shares = (process / "smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in shares if line.startswith("Pss:"))
    return total / 1024


def _report(servers: Sequence[Server], rounds: int) -> None:
    figures = [_figures(server) for server in servers]
    rows = [["", *(server.name for server in servers)], ["---", *("---:" for _ in servers)]]
    rows += [[what, *(each[what] for each in figures)] for what in figures[0]]
    print(f"\n{rounds} rounds; medians in seconds, with the least and the most\n")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def _figures(server: Server) -> dict[str, str]:
    every = [load for loads in server.loads.values() for load in loads]
    most = max(server.loads)
    return {
        "start, with a new database": f"{server.started:.1f}",
        **{
            f"{at_once} at once, until all have ended": _spread([load.took for load in loads])
            for at_once, loads in server.loads.items()
        },
        f"a read while {most} run": _spread([each for load in server.loads[most] for each in load.reads]),
        f"a write while {most} run": _spread([each for load in server.loads[most] for each in load.writes]),
        "runs that did not end well, or in time": str(sum(load.unfinished for load in every)),
        "reads and writes without success": str(sum(load.failures for load in every)),
        "memory in MiB": _spread(server.memory),
    }


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} - {max(values):.2f})"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())

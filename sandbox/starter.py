"""Starts the servers that do not run yet, wave by wave, and waits until each answers."""

import itertools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandbox import address, cluster, images, ports, postgres, supply
from sandbox.failure import SandboxError
from sandbox.processes import Processes, Service


def start(state: Path, programs: Path, *, with_cluster: bool, say: Callable[[str], None]) -> None:
    """Brings a tier up; a second call starts nothing. Raises SandboxError naming a server that fails."""
    processes = Processes(state)
    processes.stop([name for name in processes.names() if processes.orphaned(name)])
    supplies = supply.services(state, programs)
    waves = _waves(state, programs) if with_cluster else []
    refuse_taken_ports(processes, [*supplies, *itertools.chain(*waves)])
    link = supply.link_programs(state, programs)
    launch = _Launch(processes, say)
    *first, database, prefect, worker, view = supplies
    launch.begin(first)
    with ThreadPoolExecutor() as side_by_side:
        chains = [side_by_side.submit(launch.finish, first)]
        waves_of_prefect = [[database], [prefect], [worker, view]]
        chains.append(side_by_side.submit(_start_prefect, launch, state, waves_of_prefect))
        if with_cluster:
            chains.append(side_by_side.submit(_start_cluster, launch, processes, state, waves))
            chains.append(side_by_side.submit(_push_pause, launch, first, state, programs))
    for chain in chains:
        chain.result()
    address.save(supply.address(state, link))


def services(state: Path, programs: Path, *, with_cluster: bool) -> list[Service]:
    """All servers, with their configuration written into the state folder; nothing is started."""
    waves = _waves(state, programs) if with_cluster else []
    return [*supply.services(state, programs), *itertools.chain(*waves)]


def _waves(state: Path, programs: Path) -> list[list[Service]]:
    return [[make(state, programs) for make in wave] for wave in cluster.WAVES]


def _start_prefect(launch: "_Launch", state: Path, waves: Sequence[Sequence[Service]]) -> None:
    postgres.prepare(state)
    _in_waves(launch, waves)


def _in_waves(launch: "_Launch", waves: Sequence[Sequence[Service]]) -> None:
    for wave in waves:
        launch.begin(wave)
        launch.finish(wave)


def _push_pause(launch: "_Launch", first: Sequence[Service], state: Path, programs: Path) -> None:
    launch.finish([service for service in first if service.name == "registry"])
    images.push_pause(programs, state)


def _start_cluster(
    launch: "_Launch", processes: Processes, state: Path, waves: Sequence[Sequence[Service]]
) -> None:
    if processes.running("containerd") is None and cluster.leftovers(state):
        launch.say("an earlier cluster did not end in order: removing its containers and mounts")
        cluster.stop(processes, state)
    cluster.prepare(state)
    _in_waves(launch, waves)


def refuse_taken_ports(processes: Processes, services: Sequence[Service]) -> None:
    """Raises SandboxError naming each taken port and its holder, for servers that do not run yet."""
    wanted = [listener for s in services if processes.running(s.name) is None for listener in s.listens]
    taken = [ports.describe(want, held) for want, held in ports.conflicts(wanted, ports.listening())]
    if taken:
        raise SandboxError(
            "ports that the sandbox needs are taken: " + "; ".join(taken), "stop what holds them"
        )


class _Launch:
    def __init__(self, processes: Processes, say: Callable[[str], None]) -> None:
        self._processes = processes
        self._print = say
        self._since = time.monotonic()
        self._started: set[str] = set()

    def say(self, line: str) -> None:
        self._print(f"  {time.monotonic() - self._since:4.1f} s  {line}")

    def begin(self, services: Sequence[Service]) -> None:
        for service in services:
            if self._processes.start(service):
                self._started.add(service.name)

    def finish(self, services: Sequence[Service]) -> None:
        for service in services:
            self._processes.wait(service)
            if service.name in self._started:
                self._started.discard(service.name)
                where = ", ".join(map(str, service.listens[:1]))
                self.say(f"{service.name} answers{' on ' + where if where else ''}")

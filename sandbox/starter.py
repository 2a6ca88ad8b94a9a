"""Starts the servers that do not run yet, wave by wave, and waits until each answers."""

from collections.abc import Callable, Sequence
from pathlib import Path

from sandbox import address, cluster, images, ports, supply
from sandbox.failure import SandboxError
from sandbox.processes import Processes, Service


def start(state: Path, programs: Path, *, with_cluster: bool, say: Callable[[str], None]) -> None:
    """Brings a tier up; a second call starts nothing. Raises SandboxError naming the server that does not come up."""
    processes = Processes(state)
    supplies = supply.services(state, programs)
    waves = [[make(state, programs) for make in wave] for wave in cluster.WAVES] if with_cluster else []
    refuse_taken_ports(processes, [*supplies, *(service for wave in waves for service in wave)])
    link = supply.link_programs(state, programs)
    *first, worker = supplies
    launch = _Launch(processes, say)
    launch.begin(first)
    if with_cluster:
        if processes.running("containerd") is None and cluster.leftovers(state):
            say("  an earlier cluster did not end in order: removing its containers and mounts")
            cluster.stop(processes, state)
        cluster.prepare(state)
        launch.begin(waves[0])
        launch.finish([service for service in first if service.name == "registry"])
        images.push_pause(programs, state)
        for wave in waves:
            launch.begin(wave)
            launch.finish(wave)
    launch.finish(first)
    launch.begin([worker])
    launch.finish([worker])
    address.save(supply.address(state, link))


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
        self._say = say
        self._told: set[str] = set()

    def begin(self, services: Sequence[Service]) -> None:
        for service in services:
            if self._processes.start(service):
                self._told.add(service.name)

    def finish(self, services: Sequence[Service]) -> None:
        for service in services:
            self._processes.wait(service)
            if service.name in self._told:
                self._told.discard(service.name)
                where = ", ".join(map(str, service.listens[:1]))
                self._say(f"  {service.name} answers{' on ' + where if where else ''}")

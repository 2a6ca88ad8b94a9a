"""The parts of the measurement in their order, what each leaves behind taken away, and the tables."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from kubernetes import client, config

from bench import (
    fleet_applications,
    fleet_at_once,
    fleet_deliver,
    fleet_memory,
    fleet_processes,
    fleet_registered,
)
from bench.fleet_applications import BUCKET, SmallLayout, layouts
from bench.fleet_environments import FIRST, ManyEnvironments
from bench.fleet_memory import Peaks
from bench.headway_deployed import settle
from bench.machine import Memory
from sandbox import places, worker_rights
from sandbox.address import Address
from sandbox.demo.prefect_api import PrefectApi
from sandbox.seed import buckets, repositories

PREFIX = "fleet-"
OURS, THEIRS, IDLE, MANY = f"{PREFIX}h", f"{PREFIX}p", f"{PREFIX}i", f"{PREFIX}m"
AT_ONCE = 4
"""Of xargs."""
PATIENCE_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Sizes:
    rounds: int
    applications: int
    environments: int
    idle: int
    processes: bool = False
    own_charts: bool = False


class Fleet:
    def __init__(self, address: Address, home: Path, sizes: Sizes) -> None:
        self.address, self.home, self.sizes = address, home, sizes
        self.prefect = PrefectApi(address.prefect_api)
        self.ours = layouts(address, OURS, sizes.applications)
        self.theirs = layouts(address, THEIRS, sizes.applications)
        self.idle = layouts(address, IDLE, sizes.idle, share_charts=not sizes.own_charts)
        self.many = ManyEnvironments(address, MANY, sizes.environments)
        api = config.new_client_from_config(str(address.kubeconfig))  # type: ignore[no-untyped-call]
        self._core: Any = client.CoreV1Api(api)

    def take_away(self) -> None:
        """All that a measurement makes, of this one and of one that was broken off."""
        fleet_registered.forget(PREFIX)
        worker_rights.take_lists_away(self.address)
        names = [each.metadata.name for each in self._core.list_namespace().items]
        left = {name for name in names if name.startswith(PREFIX)}
        for name in left:
            self._core.delete_namespace(name)
        fleet_applications.take_away((*self.ours, *self.theirs, *self.idle))
        repositories.delete(self.many.layout)
        _empty_bucket(self.address)
        until = time.monotonic() + PATIENCE_SECONDS
        while left & {each.metadata.name for each in self._core.list_namespace().items}:
            if time.monotonic() > until:
                raise RuntimeError("namespaces do not go away")
            time.sleep(1)

    def register(self, wanted: Sequence[SmallLayout]) -> None:
        fleet_registered.register(
            self.address, {each.name: each.git_url for each in wanted}, [each.namespace for each in wanted]
        )

    def small(self, wanted: Sequence[SmallLayout], *options: str, replicas: int = 1) -> None:
        """Made, registered and delivered for the first time."""
        fleet_applications.seed(wanted, replicas=replicas)
        self.register(wanted)
        fleet_registered.deliver_first([each.name for each in wanted], *options)

    def at_once(self) -> None:
        say(f"(a) seed and deliver {len(self.ours)} applications twice, once for each way")
        self.small(self.theirs, "--supply")
        fleet_registered.forget(THEIRS)
        fleet_at_once.warm_caches(self.theirs, self.home)
        fleet_at_once.plain(self.theirs, self.home, AT_ONCE)
        self.small(self.ours)
        settle(self.prefect, tuple(each.name for each in self.ours))
        idle = fleet_memory.idle()
        headway, script = [], []
        with fleet_memory.watched() as peaks:
            for number in range(1, self.sizes.rounds + 1):
                headway.append(fleet_at_once.headway(self.ours, self.prefect))
                settle(self.prefect, tuple(each.name for each in self.ours))
                script.append(fleet_at_once.plain(self.theirs, self.home, AT_ONCE))
                say(f"round {number}: Headway {headway[-1].seconds:.1f} s, xargs {script[-1].seconds:.1f} s")
        print(f"\n## {len(self.ours)} applications at once, {self.sizes.rounds} rounds\n")
        pairs = [a.seconds / b.seconds for a, b in zip(headway, script, strict=True)]
        table(
            ("", "seconds", "processor seconds of the machine"),
            (f"Headway, {len(self.ours)} events to the last tested release", headway),
            (f"the plain script, xargs -P{AT_ONCE}", script),
        )
        print(f"\nHeadway / script: {spread(pairs)}\n")
        _memory(idle, peaks)
        if self.sizes.processes:
            print(fleet_processes.table(self.ours, self.theirs, self.prefect, self.home, AT_ONCE), flush=True)

    def environments(self) -> None:
        many = self.many
        say(f"(b) seed one application with {len(many.environments)} environments, and release each once")
        many.seed()
        clusters = many.namespaces.values()
        fleet_registered.register(self.address, {many.layout.name: many.layout.git_url}, clusters)
        many.headway(self.prefect, "begun")
        many.plain(self.home, 1, "begun", AT_ONCE)
        headway, loop, xargs = [], [], []
        for number in range(1, self.sizes.rounds + 1):
            headway.append(many.headway(self.prefect, f"round-{number}"))
            loop.append(many.plain(self.home, 2 * number, f"loop-{number}", 1))
            xargs.append(many.plain(self.home, 2 * number + 1, f"xargs-{number}", AT_ONCE))
            took = [each[-1].seconds for each in (headway, loop, xargs)]
            say(f"round {number}: Headway {took[0]:.1f} s, loop {took[1]:.1f} s, xargs {took[2]:.1f} s")
        print(f"\n## One version to {self.sizes.environments} environments, {self.sizes.rounds} rounds\n")
        table(
            ("", "seconds", "processor seconds of the machine"),
            (f"Headway, passed in {FIRST} to the last release", headway),
            ("helm upgrade, in a shell loop", loop),
            (f"helm upgrade, xargs -P{AT_ONCE}", xargs),
        )
        print(f"\nFrom the event of the push: {spread([each.from_event for each in headway])} s.\n")

    def watch(self) -> None:
        say(f"(c) deliver {len(self.idle)} applications, without pods, that will have nothing to do")
        self.small(self.idle, replicas=0)
        settle(self.prefect, tuple(each.name for each in self.idle))
        _watched(IDLE)
        narrow = [_watched(IDLE) for _ in range(self.sizes.rounds)]
        _say_nothing_to_do("watch, with the rights of each namespace", narrow)
        with worker_rights.lists_everywhere(self.address):
            # That it was refused is remembered for an hour.
            shutil.rmtree(Path.home() / ".cache" / "headway" / "lists", ignore_errors=True)
            wide = [_watched(IDLE) for _ in range(self.sizes.rounds)]
        _say_nothing_to_do("watch, with lists of all namespaces", wide)
        name = self.idle[0].name
        asked = _watched(name, "--deliver")["requests"]
        taken = [fleet_deliver.by_the_worker(self.prefect, name) for _ in range(2 * self.sizes.rounds + 1)]
        _say_nothing_to_do(
            "one deliver, in a run of the worker", [{**each, "requests": asked} for each in taken]
        )
        sys.stdout.flush()


def measure(address: Address, home: Path, parts: str, sizes: Sizes) -> None:
    """Raises RuntimeError where something did not succeed; what was made is taken away."""
    fleet = Fleet(address, home, sizes)
    steps: dict[str, Callable[[], None]] = {"a": fleet.at_once, "b": fleet.environments, "c": fleet.watch}
    with fleet.prefect.watch_paused():
        _measure(fleet, {part: each for part, each in steps.items() if part in parts})


def _measure(fleet: Fleet, steps: Mapping[str, Callable[[], None]]) -> None:
    fleet.take_away()
    try:
        buckets.client(fleet.address.s3).create_bucket(Bucket=BUCKET)
        for part, measured in steps.items():
            begun = time.monotonic()
            measured()
            say(f"({part}) took {time.monotonic() - begun:.0f} s with all that it needs")
    finally:
        say("take all of it away")
        fleet.take_away()


def _watched(prefix: str, *options: str) -> dict[str, Any]:
    argv = [sys.executable, "-m", "bench.fleet_watch", prefix, *options]
    done = subprocess.run(argv, cwd=places.ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the look failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _say_nothing_to_do(what: str, rounds: Sequence[Mapping[str, Any]]) -> None:
    count = rounds[0]["applications"]
    print(f"\n## Nothing to do: {what}, {count} application(s), {len(rounds)} rounds\n")
    print("| | in all | each |\n| --- | ---: | ---: |")
    shown = {"seconds": "seconds", "processor": "processor seconds of the run and its programs"}
    for name, text in shown.items():
        values = [each[name] for each in rounds]
        print(f"| {text} | {spread(values)} | {median(values) / count:.2f} |")
    for system in sorted({name for each in rounds for name in each["requests"]}):
        values = [each["requests"].get(system, 0) for each in rounds]
        print(f"| {system} | {spread(values, 0)} | {median(values) / count:.2f} |")
    asked = [sum(n for name, n in each["requests"].items() if name != "git, local") for each in rounds]
    print(f"| requests to others in all | {spread(asked, 0)} | {median(asked) / count:.2f} |")


def _empty_bucket(address: Address) -> None:
    s3 = buckets.client(address.s3)
    if BUCKET not in {each["Name"] for each in s3.list_buckets()["Buckets"]}:
        return
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        if keys := [{"Key": each["Key"]} for each in page.get("Contents", [])]:
            s3.delete_objects(Bucket=BUCKET, Delete={"Objects": keys})  # type: ignore[typeddict-item]
    s3.delete_bucket(Bucket=BUCKET)


def _memory(idle: tuple[Memory, Memory, Memory], peaks: Peaks) -> None:
    print("## Memory, MiB\n\n| | own | with its share of what is shared |\n| --- | ---: | ---: |")
    rows = {
        "worker, idle": idle[0],
        "what its runs are forked from, idle": idle[1],
        "Prefect server, idle": idle[2],
        "worker, most": peaks.worker,
        "one run, most": peaks.run,
        "one run with the programs it had started, most": peaks.run_with_programs,
        f"all runs at one time, most (up to {peaks.runs_at_once})": peaks.runs,
        "Prefect server, most": peaks.server,
    }
    for what, memory in rows.items():
        print(f"| {what} | {memory.own / 2**20:.0f} | {memory.share / 2**20:.0f} |")
    print(flush=True)


def table(titles: Sequence[str], *rows: tuple[str, Sequence[Any]]) -> None:
    print(f"| {' | '.join(titles)} |\n| --- | ---: | ---: |")
    for what, measured in rows:
        seconds = spread([each.seconds for each in measured])
        print(f"| {what} | {seconds} | {spread([each.processor_seconds for each in measured])} |")
    sys.stdout.flush()


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Median, smallest and largest."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} - {max(values):.{digits}f})"


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)

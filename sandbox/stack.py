"""up, down, status: the servers in the order in which they need each other."""

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from sandbox import (
    address,
    cluster,
    external,
    forge,
    go_toolchain,
    machine_lock,
    places,
    postgres,
    starter,
    supply,
)
from sandbox.build import build, missing, say_at_once
from sandbox.helm_on_path import adopt_helm
from sandbox.processes import Processes
from sandbox.programs import Tier, up_to

Say = Callable[[str], None]


def up(tier: Tier, *, say: Say = say_at_once) -> None:
    """Starts what does not run yet: the servers of supply, and with tier "cluster" the cluster after them."""
    with machine_lock.one_at_a_time("up"):
        with_cluster = tier == "cluster" and external.external() is None
        machine_lock.claim()
        programs = tools("supply" if tier == "cluster" and not with_cluster else tier, say=say)
        started = time.monotonic()
        places.STATE.mkdir(exist_ok=True)
        starter.start(places.STATE, programs, with_cluster=with_cluster, say=say)
        say(f"sandbox is up ({time.monotonic() - started:.0f} s): {places.shown(address.FILE)}")


def tools(tier: Tier, *, niceness: int = 0, say: Say = say_at_once) -> Path:
    """The folder of the programs up to a tier, after building what is missing."""
    folder = places.binaries()
    adopt_helm(folder, say)
    wanted = up_to(tier)
    todo = missing(wanted, folder)
    if todo:
        with machine_lock.one_at_a_time("build"):
            say(f"building {len(todo)} programs from Go source into {places.shown(folder)}")
            build(wanted, say=say, niceness=niceness)
    return folder


def down(*, say: Say = say_at_once) -> None:
    """Stops every server of this clone, the last started first; the data stays."""
    with machine_lock.one_at_a_time("up"):
        started = time.monotonic()
        processes = Processes(places.STATE)
        running = [name for name in processes.names() if processes.running(name) is not None]
        processes.stop(["worker", "view"])
        if places.STATE.exists():
            cluster.stop(processes, places.STATE)
        # SeaweedFS waits ten seconds for streams within its own process; what it wrote is with the kernel.
        processes.stop(["s3"], patience_seconds=2)
        processes.stop([name for name in processes.names() if name != postgres.NAME])
        processes.stop([postgres.NAME])
        machine_lock.release()
        say(
            f"sandbox is down: {len(running)} servers stopped ({time.monotonic() - started:.0f} s), data kept"
        )


def status() -> list[tuple[str, int | None, str]]:
    """Every server of the sandbox: its name, its pid (None: it does not run), its log."""
    processes = Processes(places.STATE)
    names = [*reversed(supply.NAMES), *(() if external.external() else reversed(cluster.NAMES))]
    names += [forge.NAME] if processes.running(forge.NAME) else []
    if external.external():
        names.remove("registry")
    return [(name, processes.running(name), places.shown(processes.log(name))) for name in names]


def clean(*, say: Say = say_at_once) -> None:
    """Stops everything, deletes data and built programs; Go's own cache stays, and its size is said."""
    down(say=say)
    for folder in (places.STATE, places.cache()):
        shutil.rmtree(folder, ignore_errors=True)
        say(f"deleted {places.shown(folder)}")
    say(f"kept: Go's own cache, {_go_cache()}")


def _go_cache() -> str:
    go = go_toolchain.installed()
    if go is None:
        return "if there is one"
    folder = subprocess.run(
        [go, "env", "GOCACHE"], capture_output=True, text=True, check=False
    ).stdout.strip()
    sizes = (file.lstat().st_size for file in Path(folder).rglob("*") if file.is_file())
    return f"{places.shown(Path(folder))} ({sum(sizes) / (1 << 30):.1f} GiB; `go clean -cache` empties it)"

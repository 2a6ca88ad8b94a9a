"""(a), once more with the processor seconds by process: of a run as such, of a delivery with nothing to do, of a whole one.

Each is measured until the last run's process is gone, and divided by how many there were.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import fleet_at_once, fleet_memory, processes
from bench.fleet_applications import SmallLayout
from bench.headway_deployed import settle
from bench.processes import Used
from sandbox import places
from sandbox.demo.prefect_api import DELIVER, PrefectApi

NOBODY = "fleet-nobody"
"""No application: the run finds that out, fails, and has done nothing else."""
AT_ONCE = 2
PATIENCE_SECONDS = 120
LOOK_SECONDS = 1.0


def table(
    ours: Sequence[SmallLayout], theirs: Sequence[SmallLayout], prefect: PrefectApi, home: Path, at_once: int
) -> str:
    """Markdown. Raises RuntimeError where a delivery does not succeed, OSError where this user may not count."""
    names = [each.name for each in ours]
    # The first of each finds less read than the later ones.
    _runs(prefect, [NOBODY] * AT_ONCE)
    _runs(prefect, names[:AT_ONCE])
    nobody = _used(lambda: _runs(prefect, [NOBODY] * len(names)))
    nothing = _used(lambda: _runs(prefect, names))
    settle(prefect, tuple(names))
    sides = {
        "a run as such": nobody,
        "a delivery, nothing to do": nothing,
        "a whole delivery": fleet_at_once.headway(ours, prefect, processes.watched).used,
        "the plain script": fleet_at_once.plain(theirs, home, at_once, processes.watched).used,
    }
    return processes.table({side: [(used, len(names))] for side, used in sides.items() if used})


def _used(work: Callable[[], None]) -> Used:
    with processes.watched(places.STATE) as used:
        work()
        fleet_memory.until_quiet()
    return used


def _runs(prefect: PrefectApi, applications: Sequence[str]) -> None:
    for number in range(0, len(applications), AT_ONCE):
        begun = [prefect.start(DELIVER, application=each) for each in applications[number : number + AT_ONCE]]
        until = time.monotonic() + PATIENCE_SECONDS
        time.sleep(LOOK_SECONDS)
        while not all(prefect.run(each).ended for each in begun):
            if time.monotonic() > until:
                raise RuntimeError("runs of Headway do not come to an end")
            time.sleep(LOOK_SECONDS)

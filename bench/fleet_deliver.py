"""One `deliver` with nothing to do, as the worker runs it: in a fork of the process that has everything imported."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from prefect import get_client

from bench import fleet_memory, machine
from sandbox.demo.prefect_api import DELIVER, PrefectApi

PATIENCE_SECONDS = 60
LOOK_SECONDS = 0.2


def by_the_worker(prefect: PrefectApi, application: str) -> Mapping[str, Any]:
    """Seconds from when it ran until it had ended, by Prefect's clock, and processor seconds of its process with all programs
    that it started. Raises RuntimeError where it does not complete, or another run is at work."""
    fleet_memory.until_quiet()
    parent = fleet_memory.fork_parent()
    used = machine.processor_seconds(parent)
    identity = prefect.start(DELIVER, application=application)
    until = time.monotonic() + PATIENCE_SECONDS
    while not prefect.run(identity).ended:
        if time.monotonic() > until:
            raise RuntimeError(f"{application} is not delivered within {PATIENCE_SECONDS} s")
        time.sleep(LOOK_SECONDS)
    fleet_memory.until_quiet()
    if fleet_memory.fork_parent() != parent:
        raise RuntimeError("the code has changed meanwhile: measure again")
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(UUID(identity))
    if run.state is None or not run.state.is_completed() or run.start_time is None or run.end_time is None:
        raise RuntimeError(f"{run.name} ended as {run.state}")
    return {
        "applications": 1,
        "seconds": (run.end_time - run.start_time).total_seconds(),
        "processor": machine.processor_seconds(parent) - used,
    }

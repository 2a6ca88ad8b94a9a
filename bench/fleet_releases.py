"""What a round of many releases took, and when the last of them was there, by Prefect's clock."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from bench.processes import Used
from headway.model import run_parameters
from sandbox.demo.prefect_api import RELEASE, RELEASE_MANY, PrefectApi

PATIENCE_SECONDS = 240
_FAILED = ("FAILED", "CRASHED", "CANCELLED")


@dataclass(frozen=True, slots=True)
class Measured:
    seconds: float
    processor_seconds: float
    """Of the whole machine, with cluster, registry, S3 and Prefect's server in it."""
    used: Used | None = None
    from_event: float = 0.0
    """Of releases that are measured from the first environment on: with the delivery there."""


def last(
    prefect: PrefectApi, wanted: Collection[tuple[str, str]], since: datetime, *, every: float = 3.0
) -> datetime:
    """When the last of them was released: applications, each with an environment. Raises RuntimeError where one was not.

    `every`: seconds between two looks. The times are Prefect's own: looking more often makes them no more exact, and is work for
    its server.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    missing = {*wanted}
    while time.monotonic() < until:
        released: dict[tuple[str, str], datetime] = {}
        for run in prefect.runs([RELEASE, RELEASE_MANY], since=since):
            application = run.parameters.get("application")
            about = {(str(application), each) for each in run_parameters.environments(run.parameters)}
            if not about & {*wanted}:
                continue
            if run.type in _FAILED:
                raise RuntimeError(f"{run.name} ended as {run.state!r}: {run.message}")
            if run.state == "Released":
                released |= dict.fromkeys(about & {*wanted}, run.state_since)
        missing = {*wanted} - released.keys()
        if not missing:
            return max(released.values())
        time.sleep(every)
    names = ", ".join(sorted(f"{application} in {environment}" for application, environment in missing))
    raise RuntimeError(f"not released within {PATIENCE_SECONDS} s: {names}")

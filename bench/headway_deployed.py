"""The same delivery as a customer has it: an event, and two flow runs that the worker starts. What Prefect adds is seen here."""

import time
from datetime import UTC, datetime
from uuid import UUID

from prefect import get_client
from prefect.client.schemas.objects import FlowRun

from bench.headway_flow import RELEASE_TASKS, release_tasks
from bench.phases import Round
from headway.model.events import ImagePushed
from sandbox.demo.prefect_api import DELIVER, RELEASE, PrefectApi, Run
from sandbox.seed import Layout, PushedImage

PATIENCE_SECONDS = 180
LOOK_SECONDS = 1.0
QUIET_SECONDS = 4


def deliver(layout: Layout, prefect: PrefectApi, image: PushedImage, environment: str) -> Round:
    """From the event of a pushed image to the end of the tests, in the run's own times. Raises RuntimeError."""
    announced = datetime.now(UTC)
    prefect.emit(ImagePushed(layout.name, image.repository, image.tag))
    release = _full(_wait_for_release(layout, prefect, environment, announced))
    delivery = _full(_runs(layout, prefect, DELIVER, announced)[-1])
    tasks = {RELEASE_TASKS[each.name]: each for each in release_tasks(release.id)}
    tests = tasks["tests"]
    times = [announced, delivery.start_time, release.created, release.start_time, tests.end_time]
    names = [
        "event -> deliver runs (Prefect)",
        "deliver, until it started the release",
        "release started -> runs (Prefect)",
        "release, until its tests ended",
    ]
    phases = {
        name: (end - begin).total_seconds()
        for name, begin, end in zip(names, times, times[1:], strict=False)
        if begin and end
    }
    return Round(phases, sum(phases.values()))


def settle(prefect: PrefectApi, applications: tuple[str, ...]) -> None:
    """Wait until no run of these applications is under way, nor started by the last one's event."""
    quiet_since = time.monotonic()
    until = quiet_since + PATIENCE_SECONDS
    while time.monotonic() - quiet_since < QUIET_SECONDS:
        runs = [run for run in prefect.runs() if run.parameters.get("application") in applications]
        if any(not run.ended and run.type != "PAUSED" for run in runs):
            quiet_since = time.monotonic()
        if time.monotonic() > until:
            raise RuntimeError("runs of Headway do not come to an end")
        time.sleep(LOOK_SECONDS)


def _wait_for_release(layout: Layout, prefect: PrefectApi, environment: str, since: datetime) -> Run:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        for run in _runs(layout, prefect, RELEASE, since):
            if run.parameters["environment"] == environment and run.ended:
                if run.state != "Released":
                    raise RuntimeError(f"the release ended as {run.state!r}: {run.message}")
                return run
        time.sleep(LOOK_SECONDS)
    raise RuntimeError(f"no release within {PATIENCE_SECONDS} s")


def _runs(layout: Layout, prefect: PrefectApi, deployment: str, since: datetime) -> list[Run]:
    runs = prefect.runs([deployment], since=since)
    return [run for run in runs if run.parameters.get("application") == layout.name]


def _full(run: Run) -> FlowRun:
    with get_client(sync_client=True) as client:
        return client.read_flow_run(UUID(run.id))

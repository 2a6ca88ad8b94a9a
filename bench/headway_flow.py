"""A delivery by Headway's own stages in one flow run of this process, each stage timed.

The stages are those of `deliver` and `release`, in their order; only that the release is not handed to a worker.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from prefect import flow, get_client, runtime
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterId,
)
from prefect.client.schemas.objects import State, TaskRun

from bench import profile
from bench.phases import Round
from bench.profile import Profile, Window
from bench.spans import Recorder
from blocks.opening import open_workspace
from flows.release import release_to
from flows.stages import BEFORE_RELEASES
from headway.model.report import StageResult
from headway.workspace.release_context import ReleaseContext

FLOW = "bench-delivery"
RELEASE_TASKS = {
    "Diff the release": "plan",
    "Upgrade the release": "upgrade",
    "Run the tests": "tests",
}
REST = "observe, lease and record"
EVENTS_PATIENCE_SECONDS = 20


@dataclass
class Watch:
    phases: dict[str, float] = field(default_factory=dict)
    windows: list[Window] = field(default_factory=list)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        ended = time.monotonic()
        self.phases[name] = self.phases.get(name, 0.0) + ended - began
        self.windows.append((name, began, ended))


def deliver(application: str, environment: str) -> Round:
    """Seconds of each stage. Raises RuntimeError unless it ended in a tested release."""
    return _measured(application, environment)[0]


def profiled(application: str, environment: str, prefect: str) -> tuple[Round, Profile]:
    """The same, and what it waited for. `prefect`: host and port of its API."""
    recorder = Recorder(prefect)
    with recorder.recording():
        delivery, windows = _measured(application, environment)
    return delivery, profile.of(recorder.spans, windows)


def _measured(application: str, environment: str) -> tuple[Round, list[Window]]:
    watch, run, total = one_delivery(application, environment)
    tasks = release_windows(run)
    release = watch.phases.pop("release")
    within = {name: end - begin for name, begin, end in tasks}
    rest = release - sum(within.values())
    windows = [(REST if name == "release" else name, begin, end) for name, begin, end in watch.windows]
    return Round({**watch.phases, **within, REST: rest}, total), [*windows, *tasks]


@flow(name=FLOW, flow_run_name="Measure a delivery of {application}")
def one_delivery(application: str, environment: str) -> tuple[Watch, UUID, float]:
    watch, began = Watch(), time.monotonic()
    with watch.phase("look"):
        workspace = open_workspace(application)
    for stage in BEFORE_RELEASES:
        with watch.phase(stage.name):
            _sound(stage.run(workspace))
    with watch.phase("release"):
        state: State[object] = release_to(ReleaseContext(open_workspace(application), environment))
    if state.name != "Released":
        raise RuntimeError(f"the release ended as {state.name!r}: {state.message}")
    return watch, UUID(str(runtime.flow_run.id)), time.monotonic() - began


def release_windows(run: UUID) -> list[Window]:
    """The release's tasks in a run, as Prefect recorded them."""
    tasks = {RELEASE_TASKS[each.name]: each for each in release_tasks(run)}
    to_monotonic = time.monotonic() - time.time()
    return [
        (name, begin.timestamp() + to_monotonic, end.timestamp() + to_monotonic)
        for name in RELEASE_TASKS.values()
        if (begin := tasks[name].start_time) and (end := tasks[name].end_time)
    ]


def release_tasks(run: UUID) -> list[TaskRun]:
    """The three tasks of a release that went well. Task runs reach the server as events, a little later."""
    until = time.monotonic() + EVENTS_PATIENCE_SECONDS
    with get_client(sync_client=True) as client:
        while time.monotonic() < until:
            found = client.read_task_runs(
                flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run])),
            )
            ended = [each for each in found if each.name in RELEASE_TASKS and each.end_time]
            if {each.name for each in ended} == set(RELEASE_TASKS):
                return ended
            time.sleep(0.5)
    raise RuntimeError(f"Prefect does not know the tasks of flow run {run}")


def forget_runs(application: str) -> None:
    """Delete this flow's runs for the application."""
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(flow_filter=FlowFilter(name=FlowFilterName(any_=[FLOW]))):
            if run.parameters.get("application") == application:
                client.delete_flow_run(run.id)


def _sound(lines: Iterable[StageResult]) -> None:
    for line in lines:
        if line.failed:
            raise RuntimeError(str(line))

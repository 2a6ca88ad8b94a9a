"""What a run says while it is at work: its log and its tasks, through Prefect's API, a bounded page at a time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    LogFilter,
    LogFilterFlowRunId,
    LogFilterLevel,
    LogFilterTimestamp,
)
from prefect.client.schemas.objects import Log, TaskRun
from prefect.client.schemas.sorting import LogSort

from headway.model import run_names

INFO, WARNING, ERROR = 20, 30, 40
PAGE = 200
_LATE = timedelta(seconds=10)
"""Prefect sends logs in batches: one of before may come after."""
_OF_PREFECT = (
    "Beginning flow run",
    "View at ",
    "Flow run '",
    "Finished in state",
    "Created task run",
    "Created subflow run",
    "Worker ",
    "Completed submission",
    "Process for flow run",
    "Opening process",
    "Suspending flow run",
    "Pausing flow",
    "Resuming flow run",
    "Downloading flow code",
)
"""How Prefect's own lines begin; where the run is seen has been said."""

_ONLY_A_NAME = re.compile(r"(\S+: )?\s*")
"""What is left of an error of many parts, each of which was told: who ended with them."""


@dataclass
class Follower:
    """One run. Each call of `news` gives the lines since the last."""

    client: SyncPrefectClient
    run: UUID
    _told: dict[UUID, Log] = field(default_factory=dict)
    _tasks: dict[UUID, str] = field(default_factory=dict)
    errors: set[str] = field(default_factory=set)
    """That it has told: Prefect logs what ends a run twice, and what ends a task once more in its state."""

    def news(self, *, dry_run: bool = False) -> list[str]:
        """`dry_run`: it says what would be done, and no task of it has begun anything."""
        said = sorted([*self._of_tasks(dry_run=dry_run), *self._of_log()], key=lambda each: each[0])
        return [f"{at:%H:%M:%S}  {line}" for at, line in said]

    def _of_log(self) -> Iterator[tuple[datetime, str]]:
        newest = max((each.timestamp for each in self._told.values()), default=None)
        after = newest - _LATE if newest else None
        for each in logs(self.client, self.run, after=after):
            if each.id is None or each.id in self._told:
                continue
            self._told[each.id] = each
            if is_ours(each) and is_new(each, self.errors):
                yield each.timestamp, f"{mark(each)}{each.message}"

    def _of_tasks(self, *, dry_run: bool) -> Iterator[tuple[datetime, str]]:
        of_run = FlowRunFilter(id=FlowRunFilterId(any_=[self.run]))
        for each in self.client.read_task_runs(flow_run_filter=of_run, limit=PAGE):
            now = each.state_name or ""
            if now == self._tasks.get(each.id):
                continue
            self._tasks[each.id] = now
            if each.state and ((each.state.is_running() and not dry_run) or each.state.is_final()):
                yield each.state.timestamp, f"{each.name}: {_in_words(each)}"


def _in_words(task: TaskRun) -> str:
    assert task.state
    if task.state.is_running():
        return "begun"
    if task.state.name == run_names.DRY_RUN:
        return "would be done"
    ended = "done" if task.state.is_completed() else str(task.state_name).lower()
    return f"{ended} in {task.total_run_time.total_seconds():.1f} s"


def logs(client: SyncPrefectClient, run: UUID, *, after: object = None, level: int = INFO) -> Iterator[Log]:
    """Of the run and its tasks, oldest first."""
    wanted = LogFilter(
        flow_run_id=LogFilterFlowRunId(any_=[run]),
        level=LogFilterLevel(ge_=level),
        timestamp=LogFilterTimestamp(after_=after) if after else None,
    )
    offset = 0
    while page := client.read_logs(wanted, limit=PAGE, offset=offset, sort=LogSort.TIMESTAMP_ASC):
        yield from page
        if len(page) < PAGE:
            return
        offset += len(page)


def is_ours(log: Log) -> bool:
    """Not what Prefect says of every run, unless it is a warning."""
    return log.level >= WARNING or not log.message.startswith(_OF_PREFECT)


def is_new(log: Log, errors: set[str]) -> bool:
    """Whether it is no error, or says more than `errors` do, of which it is one from then on. What ends a delivery is all that
    its stages said before, under its name."""
    if log.level < ERROR:
        return True
    left = log.message
    for each in sorted(errors, key=len, reverse=True):
        left = left.replace(each, "")
    is_of_a_state = log.message.startswith("Finished in state") and any(
        each in log.message for each in errors
    )
    is_known = left != log.message and _ONLY_A_NAME.fullmatch(left)
    errors.add(log.message)
    return not (is_known or is_of_a_state)


def mark(log: Log) -> str:
    return {30: "WARNING ", 40: "ERROR ", 50: "ERROR "}.get(log.level, "")

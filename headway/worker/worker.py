"""The worker: Prefect's process worker, but for how the process of a run begins, how it is woken, and how it ends itself."""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import anyio
import anyio.abc
from prefect.client.schemas.objects import FlowRun, State
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult

from headway.clients.clock import elapsing
from headway.clients.memory import MEMORY
from headway.worker import asked_once, environment
from headway.worker.configuration import HeadwayJobConfiguration
from headway.worker.forks import Child
from headway.worker.messages import Order
from headway.worker.newest_code import NewestCode
from headway.worker.supervision import Supervision
from headway.worker.wake_up import Cancel, Cancelled, Suspend, wake_ups

FLOWS = (
    "flows.deliver",
    "flows.release",
    "flows.release_many",
    "flows.watch",
    "flows.roll_back",
    "flows.freeze",
    "flows.lift",
    "flows.run_tests",
)
"""Modules of the deployments of deployments.yaml."""
DRAIN = timedelta(minutes=10)
"""How long runs under way may go on after SIGTERM."""
_GATHER_SECONDS = 0.05
"""From one look to the next: events come in swarms, and Prefect tells of a run before it can be read."""
_LOOK_SECONDS = 0.1
_NOBODY_IS_FASTER_SECONDS = 0.3
"""Nobody else can have had a run given out, executed it and ended within that time."""

_Configuration = type[ProcessJobConfiguration]


def folder_of_a_run() -> "tempfile.TemporaryDirectory[str]":
    """Where its process begins. In memory where the folder for temporary files takes no more: nobody begins anew a freeze, or a
    way back, that crashed for want of room."""
    try:
        return tempfile.TemporaryDirectory(suffix="prefect")
    except OSError:
        return tempfile.TemporaryDirectory(suffix="prefect", dir=MEMORY)


class HeadwayWorker(ProcessWorker):
    """Executes flow runs in forks of a process that has imported the flows."""

    type = "headway"
    job_configuration: _Configuration = HeadwayJobConfiguration
    _display_name = "Headway"
    _description = "Execute flow runs in forks of a process that has Headway's flows imported."
    _documentation_url = ""

    def __init__(
        self, *arguments: Any, modules: Sequence[str] = FLOWS, drain: timedelta = DRAIN, **options: Any
    ) -> None:
        """`modules`: imported once for all runs; a deployment of another module costs its import in each run.
        The rest as Prefect's workers have it."""
        super().__init__(*arguments, **options)
        self._modules = tuple(modules)
        self._drains_for = drain
        self._draining = False
        self._hurry = False
        self._under_way: set[object] = set()
        self._look = asyncio.Event()
        self._told_of: set[UUID] = set()
        self._one_look = asyncio.Lock()
        self._asked_at = 0.0
        self._given_out_at: dict[UUID, float] = {}
        """Of runs that are not submitted yet, when Prefect was asked for them."""
        self._tasks: list[asyncio.Task[None]] = []
        self._code: NewestCode
        self._supervision: Supervision
        self._start: asyncio.Task[Any] | None = None

    async def setup(self) -> None:
        """Raises Retryable where the flows cannot be imported."""
        self._start = asyncio.current_task()
        self._settings = environment.settings(csrf=not await asked_once.wants_no_csrf_token())
        self._inherited = {**os.environ, **self._settings}
        self._code = NewestCode(self._modules, self._inherited, self._logger)
        self._supervision = Supervision()
        await self._code.fork_parent()
        await self._supervision.__aenter__()
        try:
            await super().setup()
            asked_once.of_each_run(self.client)
        except BaseException as error:
            await self._supervision.__aexit__(type(error), error, error.__traceback__)
            await self._code.close()
            raise
        self._tasks = [asyncio.create_task(each) for each in (self._listen(), self._look_when_woken())]
        # Not in the main thread it is somebody else's to end this.
        with contextlib.suppress(ValueError, RuntimeError):
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, self.drain)

    async def teardown(self, *exc_info: Any) -> None:
        for task in self._tasks:
            task.cancel()
        try:
            await super().teardown(*exc_info)
        finally:
            await self._supervision.__aexit__(*exc_info)
            await self._code.close()
            with contextlib.suppress(ValueError, RuntimeError):
                for number in (signal.SIGTERM, signal.SIGINT):
                    asyncio.get_running_loop().remove_signal_handler(number)

    def drain(self) -> None:
        """Take no more runs, and end when those under way have ended; asked again: end them now."""
        if self._draining:
            self._hurry = True
            return
        self._draining = True
        self._tasks.append(asyncio.create_task(self._end_when_idle()))

    async def get_and_submit_flow_runs(self) -> list[FlowRun]:
        """Prefect's poll, by which it also finds what no event has told."""
        taken = await self._take()
        await self._supervision.look_for_stopped()
        return taken

    async def run(
        self,
        flow_run: FlowRun,
        configuration: ProcessJobConfiguration,
        task_status: "anyio.abc.TaskStatus[int] | None" = None,
    ) -> ProcessWorkerResult:
        assert isinstance(configuration, HeadwayJobConfiguration)
        status = task_status or anyio.TASK_STATUS_IGNORED
        self._under_way.add(flow_run.id)
        try:
            own = configuration.own or self._own_variables(flow_run, configuration)
            if own:
                self.get_flow_run_logger(flow_run).info("An interpreter of its own is started, for %s.", own)
                return await super().run(flow_run, configuration, status)
            return await self._run_in_a_fork(flow_run, configuration, status)
        finally:
            self._under_way.discard(flow_run.id)
            if self._limit is not None or self.work_pool.concurrency_limit is not None:
                self._look.set()

    def _own_variables(self, flow_run: FlowRun, configuration: HeadwayJobConfiguration) -> str:
        wanted = environment.of_run(configuration.env, self._settings, flow_run.id)
        names = environment.read_too_early(environment.difference(self._inherited, wanted))
        return f"its own {', '.join(names)}" if names else ""

    async def _run_in_a_fork(
        self, flow_run: FlowRun, configuration: HeadwayJobConfiguration, status: "anyio.abc.TaskStatus[int]"
    ) -> ProcessWorkerResult:
        def order(folder: str, control: tuple[int, str] | None = None, hooks_of: str = "") -> Order:
            wanted = environment.of_run(
                configuration.env, self._settings, flow_run.id, control, configuration.entrypoint
            )
            return Order(
                flow_run=str(flow_run.id),
                folder=folder,
                environment=environment.difference(
                    self._inherited, wanted | {environment.TELLS: str(flow_run.state_id)}
                ),
                streams=configuration.stream_output,
                hooks_of=hooks_of,
                deployment=configuration.deployment,
            )

        with folder_of_a_run() as folder:

            async def start(control: tuple[int, str] | None) -> Child:
                return await self._code.fork(order(folder, control))

            async def start_hooks(state: State) -> Child:
                said = state.model_dump_json(exclude={"data"})
                return await self._code.fork(order(folder, hooks_of=said))

            ended = await self._supervision.execute(flow_run, start, start_hooks, status)
        if ended is None:
            # It has no process of its own, and is put back.
            status.started(0)
            return ProcessWorkerResult(status_code=0, identifier="")
        assert ended.status_code is not None
        return ProcessWorkerResult(status_code=ended.status_code, identifier=str(ended.handle.pid))

    async def _take(self) -> list[FlowRun]:
        if self._draining:
            # It is well, and asks for nothing.
            self._last_polled_time = datetime.now(UTC)
            return []
        # Two looks at once would take a run twice, and Prefect refuse one of them.
        async with self._one_look:
            self._asked_at = elapsing()
            return await super().get_and_submit_flow_runs()

    async def _submit_run(self, flow_run: FlowRun) -> None:
        self._given_out_at[flow_run.id] = self._asked_at
        try:
            with asked_once.while_a_run_is_submitted():
                await super()._submit_run(flow_run)
        finally:
            del self._given_out_at[flow_run.id]

    async def _propose_pending_state(self, flow_run: FlowRun) -> bool:
        """Prefect lets a run that has ended be Pending again. A worker that stood still since the run was given out would do
        once more what another one has done: who froze an environment and lifted that would find it frozen."""
        if not await super()._propose_pending_state(flow_run):
            return False
        if elapsing() - self._given_out_at[flow_run.id] < _NOBODY_IS_FASTER_SECONDS:
            return True
        return not await self._supervision.put_back_if_done(flow_run)

    async def _listen(self) -> None:
        while self._work_pool is None:
            await asyncio.sleep(_LOOK_SECONDS)
        async for said in wake_ups(self._work_pool.id, self._logger):
            if isinstance(said, Cancel):
                self._supervision.cancel(said.flow_run)
            elif isinstance(said, Cancelled):
                self._supervision.heed_cancelled(said.flow_run)
            elif isinstance(said, Suspend):
                self._supervision.suspend(said.flow_run)
            else:
                self._told_of |= {said.flow_run} if said.flow_run else set()
                self._look.set()

    async def _look_when_woken(self) -> None:
        while True:
            await self._look.wait()
            self._look.clear()
            told_of, self._told_of = self._told_of, set()
            taken = await self._take_if_possible()
            await asyncio.sleep(_GATHER_SECONDS)
            if told_of - taken and not self._look.is_set():
                await self._take_if_possible()

    async def _take_if_possible(self) -> set[UUID]:
        try:
            return {each.id for each in await self._take()}
        except Exception as error:  # noqa: BLE001
            self._logger.debug("Nothing was taken, until the next poll: %s", error)
            return set()

    async def _end_when_idle(self) -> None:
        self._logger.info("Takes no more runs; ends with the last of %s under way.", len(self._under_way))
        until = asyncio.get_running_loop().time() + self._drains_for.total_seconds()
        while not self._idle and not self._hurry and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(_LOOK_SECONDS)
        if not self._idle:
            self._logger.warning("%s runs are ended where they are.", len(self._under_way))
            await self._supervision.terminate()
        assert self._start
        self._start.cancel()

    @property
    def _idle(self) -> bool:
        return not self._under_way and not self._submitting_flow_run_ids

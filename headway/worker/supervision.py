"""What Prefect's process worker does about a run while its process lives, and when that has ended.

It makes these parts anew for each run, with a connection to the server's events each; here they serve all runs of a worker.
"""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import UUID

import anyio
import anyio.abc
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateName,
)
from prefect.client.schemas.objects import FlowRun, State
from prefect.logging.loggers import flow_run_logger, get_logger
from prefect.runner._cancellation_manager import CancellationManager
from prefect.runner._control_channel import ControlChannel
from prefect.runner._event_emitter import EventEmitter
from prefect.runner._flow_run_executor import FlowRunExecutionResult, FlowRunExecutor
from prefect.runner._process_manager import ProcessHandle, ProcessManager
from prefect.runner._state_proposer import StateProposer
from prefect.settings import PREFECT_WORKER_PREFETCH_SECONDS
from prefect.states import Scheduled

from headway.errors import Retryable
from headway.worker.forks import Child
from headway.worker.messages import LOOKS_AFTER_SECONDS
from headway.worker.run_states import begun_anew, ended_before

_SIGTERM_TO_SIGKILL_SECONDS = 30.0
"""As Prefect gives a cancelled run."""
_PUT_BACK_FOR = timedelta(minutes=1)
_RESUMING = "Resuming"
"""What Prefect calls a run that was resumed."""

Start = Callable[[tuple[int, str] | None], Awaitable[Child]]
"""Starts the process of a run, given port and token of the control channel."""
StartHooks = Callable[[State], Awaitable[Child]]


class Supervision:
    """An async context manager; leaving it kills what still runs."""

    def __init__(self) -> None:
        self._client: PrefectClient = get_client()
        self._control = ControlChannel()
        self._processes = ProcessManager(on_add=self._added, on_remove=self._removed)
        self._proposer = _Proposer(client=self._client)
        self._hooks: dict[UUID, _Hooks] = {}
        self._children: dict[UUID, Child] = {}
        self._at_work: set[UUID] = set()
        """Runs whose process has not ended, or Prefect does not know yet how."""
        self._put_aside: set[UUID] = set()
        """Runs that are to begin anew when that is so."""
        self._waiting: set[UUID] = set()
        """Those of them whose later time Prefect has."""
        self._asked: set[UUID] = set()
        """Runs that are to be cancelled and have no process yet, or of somebody else."""
        self._cancelling: dict[UUID, anyio.Event] = {}
        self._stack = AsyncExitStack()
        self._tasks: anyio.abc.TaskGroup

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._client)
        await self._stack.enter_async_context(self._processes)
        await self._stack.enter_async_context(self._control)
        self._tasks = await self._stack.enter_async_context(anyio.create_task_group())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        return await self._stack.__aexit__(kind, error, traceback)

    @property
    def flow_runs(self) -> set[UUID]:
        """Those that have a process."""
        return self._processes.flow_run_ids()

    async def execute(
        self,
        flow_run: FlowRun,
        start: Start,
        start_hooks: StartHooks,
        task_status: "anyio.abc.TaskStatus[int]",
    ) -> FlowRunExecutionResult | None:
        """Returns when the process has ended and Prefect knows how. Raises RuntimeError where none was started.

        What is resumed before it has come to the end of its step waits for that: two processes would do the same beside each
        other, and the end of the first be taken for that of both. None for such a run: it is put back, for it would be lost
        where it waited in a worker that is killed, and is begun by whoever takes it then.
        """
        if flow_run.id in self._at_work:
            await self._put_back(flow_run.id)
            return None
        self._at_work.add(flow_run.id)
        try:
            return await self._execute(flow_run, start, start_hooks, task_status)
        finally:
            self._at_work.discard(flow_run.id)
            self._put_aside.discard(flow_run.id)
            if flow_run.id in self._waiting:
                self._waiting.discard(flow_run.id)
                await self._begin_again(flow_run.id)

    async def _execute(
        self,
        flow_run: FlowRun,
        start: Start,
        start_hooks: StartHooks,
        task_status: "anyio.abc.TaskStatus[int]",
    ) -> FlowRunExecutionResult:
        hooks = self._hooks[flow_run.id] = _Hooks(start_hooks)

        async def start_noted(control: tuple[int, str] | None) -> Child:
            child = self._children[flow_run.id] = await start(control)
            if flow_run.id in self._asked:
                # It would be ended while it begins to listen for why, and call itself crashed.
                child.hold()
            return child

        executor = FlowRunExecutor(
            flow_run=flow_run,
            starter=_Starter(self._control, start_noted),
            process_manager=self._processes,
            state_proposer=self._proposer,
            hook_runner=hooks,
            propose_submitting=False,
            get_attempt_conclusion=self._control.get_conclusion,
        )
        result: FlowRunExecutionResult | None = None

        async def submit(*, task_status: "anyio.abc.TaskStatus[ProcessHandle]") -> None:
            nonlocal result
            result = await executor.submit(task_status=task_status)

        try:
            async with anyio.create_task_group() as tasks:
                handle: ProcessHandle = await tasks.start(submit)
                assert handle.pid
                task_status.started(handle.pid)
        finally:
            # What is cancelled has hooks to run after its process has ended.
            if cancelled := self._cancelling.get(flow_run.id):
                await cancelled.wait()
            del self._hooks[flow_run.id]
            self._children.pop(flow_run.id, None)
        if result is None or result.status_code is None:
            raise RuntimeError("no process was started")
        # Prefect's worker would propose Crashed once more.
        return replace(result, status_code=0) if self._proposer.has_left(flow_run.id) else result

    async def _put_back(self, flow_run: UUID) -> None:
        """For later than any worker fetches runs before their time. Prefect refuses it of one that was cancelled meanwhile."""
        self._put_aside.add(flow_run)
        later = timedelta(seconds=PREFECT_WORKER_PREFETCH_SECONDS.value()) + _PUT_BACK_FOR
        await self._schedule(flow_run, datetime.now(UTC) + later)
        if flow_run in self._at_work:
            self._waiting.add(flow_run)
        else:
            # Its process has ended while that was written.
            await self._begin_again(flow_run)

    async def _begin_again(self, flow_run: UUID) -> None:
        """Now, if it is to begin still: Prefect would let a run go on that was cancelled meanwhile."""
        try:
            state = (await self._client.read_flow_run(flow_run)).state
            if state is not None and state.is_scheduled() and state.name == _RESUMING:
                await self._schedule(flow_run, datetime.now(UTC))
        except Exception as error:  # noqa: BLE001
            get_logger("worker").warning("Run %s begins by and by, not at once: %s", flow_run, error)

    async def _schedule(self, flow_run: UUID, at: datetime) -> None:
        await self._client.set_flow_run_state(flow_run, Scheduled(name=_RESUMING, scheduled_time=at))

    def cancel(self, flow_run: UUID) -> None:
        """SIGTERM, SIGKILL after 30 s, hooks, Cancelled: as Prefect does. At once, or when the run gets its process."""
        if flow_run not in self.flow_runs:
            self._asked.add(flow_run)
        elif flow_run not in self._cancelling:
            self._cancelling[flow_run] = anyio.Event()
            self._tasks.start_soon(self._cancel, flow_run)

    def heed_cancelled(self, flow_run: UUID) -> None:
        """What is scheduled Prefect calls cancelled at once; here its former process may be at work yet."""
        if flow_run in self._put_aside:
            self.cancel(flow_run)

    def suspend(self, flow_run: UUID) -> None:
        """The run looks, and ends at its next step. One that has no process yet will see it when it begins."""
        if child := self._children.get(flow_run):
            child.look_whether_suspended()

    async def put_back_if_done(self, flow_run: FlowRun) -> bool:
        """Whether somebody else had done the run before it was called Pending by this worker; it is called then as it ended."""
        try:
            ended = ended_before(await self._client.read_flow_run_states(flow_run.id))
        except Exception as error:  # noqa: BLE001
            flow_run_logger(flow_run).warning("Whether somebody else has done it is not known: %s", error)
            return False
        if ended is None:
            return False
        flow_run_logger(flow_run).info(
            "Somebody else has done it since it was given out: it is left as it ended."
        )
        try:
            await self._client.set_flow_run_state(flow_run.id, ended, force=True)
        except Exception as error:  # noqa: BLE001
            flow_run_logger(flow_run).warning("It stays Pending: %s", error)
        return True

    async def look_for_stopped(self) -> None:
        """Asks the server for those that were cancelled or suspended, in case that no event told."""
        await self._stop_those_of(self.flow_runs - self._cancelling.keys())

    async def terminate(self) -> None:
        """SIGTERM to all runs, SIGKILL after 30 s: Prefect calls them Crashed."""
        async with anyio.create_task_group() as tasks:
            for flow_run in self.flow_runs:
                tasks.start_soon(self._processes.kill, flow_run, _SIGTERM_TO_SIGKILL_SECONDS)

    async def _cancel(self, flow_run: UUID) -> None:
        try:
            if not await self._is_cancelled(flow_run):
                return
            async with EventEmitter(runner_name="headway worker", client=self._client) as events:
                manager = CancellationManager(
                    process_manager=self._processes,
                    hook_runner=self._hooks[flow_run],
                    state_proposer=self._proposer,
                    event_emitter=events,
                    client=self._client,
                    control_channel=self._control,
                )
                await manager.cancel_by_id(flow_run)
        except Exception as error:  # noqa: BLE001
            _found_by_the_poll(flow_run, error)
        finally:
            self._go_on(flow_run)
            self._cancelling.pop(flow_run).set()

    async def _is_cancelled(self, flow_run: UUID) -> bool:
        """Events of before are told anew to whoever begins to listen: the run may have been started again since."""
        for pause in LOOKS_AFTER_SECONDS:
            await anyio.sleep(pause)
            state = (await self._client.read_flow_run(flow_run)).state
            if state is not None and (state.is_cancelling() or state.is_cancelled()):
                return True
        return False

    async def _added(self, flow_run: UUID) -> None:
        if flow_run in self._asked:
            self._asked.discard(flow_run)
            try:
                # It may have been started again since.
                await self._stop_those_of({flow_run})
            except Exception as error:  # noqa: BLE001
                _found_by_the_poll(flow_run, error)
            finally:
                if flow_run not in self._cancelling:
                    self._go_on(flow_run)

    def _go_on(self, flow_run: UUID) -> None:
        if child := self._children.get(flow_run):
            child.go_on()

    async def _removed(self, flow_run: UUID) -> None:
        self._control.unregister(flow_run)

    async def _stop_those_of(self, flow_runs: set[UUID]) -> None:
        if not flow_runs:
            return
        wanted = FlowRunFilter(
            id=FlowRunFilterId(any_=list(flow_runs)),
            state=FlowRunFilterState(
                name=FlowRunFilterStateName(any_=["Cancelling", "Cancelled", "Suspended"])
            ),
        )
        for found in await self._client.read_flow_runs(flow_run_filter=wanted):
            name = found.state.name if found.state else ""
            if name == "Suspended":
                self.suspend(found.id)
            elif name == "Cancelled":
                self.heed_cancelled(found.id)
            else:
                self.cancel(found.id)


def _found_by_the_poll(flow_run: UUID, error: Exception) -> None:
    """It would end the worker, or call a run crashed whose process goes on."""
    get_logger("worker").warning("Run %s was not cancelled, until the next poll: %s", flow_run, error)


class _Proposer(StateProposer):
    """Prefect's, but for runs that have been begun anew, it may be on another machine: how their former process ends says nothing
    of them. Asked is only after a crash."""

    def __init__(self, *, client: PrefectClient) -> None:
        super().__init__(client=client)
        self._asks = client
        self._left: set[UUID] = set()

    def has_left(self, flow_run: UUID) -> bool:
        """Whether the run was left as it is; said once."""
        was_left = flow_run in self._left
        self._left.discard(flow_run)
        return was_left

    async def propose_crashed(self, flow_run: FlowRun, message: str) -> State | None:
        if not await self._is_of_another(flow_run):
            return await super().propose_crashed(flow_run, message)
        self._left.add(flow_run.id)
        flow_run_logger(flow_run).warning(
            "A former process of this run has crashed, which goes on anew: %s", message
        )
        return None

    async def _is_of_another(self, flow_run: FlowRun) -> bool:
        try:
            states = await self._asks.read_flow_run_states(flow_run.id)
        except Exception as error:  # noqa: BLE001
            get_logger("worker").warning("Whether run %s was begun anew is not known: %s", flow_run.id, error)
            return False
        return begun_anew(states, flow_run.state_id)


class _Starter:
    """Prefect's `ProcessStarter`."""

    def __init__(self, control: ControlChannel, start: Start) -> None:
        self._control = control
        self._start = start

    async def start(
        self,
        flow_run: FlowRun,
        task_status: "anyio.abc.TaskStatus[ProcessHandle]" = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        try:
            channel = self._control.register(flow_run.id)
        except RuntimeError:
            # It could not listen, and has said so: a cancelled run is killed without being told why.
            channel = None
        try:
            child = await self._start(channel)
        except BaseException:
            self._control.unregister(flow_run.id)
            raise
        task_status.started(ProcessHandle(child, termination_scope=child))  # type: ignore[arg-type]
        try:
            await child.wait()
        except BaseException:
            # The worker is being stopped, and nobody waits any more.
            if child.is_alive():
                child.graceful_kill()
            raise


class _Hooks:
    """Prefect's `FlowRunHookRunner`: in a child of the fork parent, since the worker imports no flow."""

    def __init__(self, start: StartHooks) -> None:
        self._start = start

    async def run_cancellation_hooks(self, flow_run: FlowRun, state: State) -> None:
        if state.is_cancelling():
            await self._run(flow_run, state)

    async def run_crashed_hooks(self, flow_run: FlowRun, state: State) -> None:
        if state.is_crashed():
            await self._run(flow_run, state)

    async def _run(self, flow_run: FlowRun, state: State) -> None:
        try:
            child = await self._start(state)
        except Retryable as error:
            flow_run_logger(flow_run).warning("The hooks for %s were not run: %s", state.name, error)
        else:
            await child.wait()

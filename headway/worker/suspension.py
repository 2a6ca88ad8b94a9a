"""Somebody suspends a run that is at work: it ends at its next step, and goes on anew when it is resumed.

Prefect's engine listens for that within each run: a thread, an event loop, a connection to the server's events and one for
requests. A run begins when they stand, and ends when they are gone, up to a fifth of a second each. Here the worker, which
listens for all of its runs anyway, gives the run a signal, and only then the run asks what it is about. A worker that has ended
cannot: so its fork parent gives the same signal then, and the run listens from then on as Prefect has it.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from uuid import UUID

from prefect import _flow_run_suspension, flow_engine
from prefect._flow_run_suspension import FlowRunSuspensionRequest, is_suspended_flow_run_state
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State, StateType
from prefect.exceptions import ObjectNotFound

from headway.worker.messages import LOOK, LOOKS_AFTER_SECONDS
from headway.worker.run_states import begun_anew

_RESUMED = (StateType.SCHEDULED, StateType.PENDING)
_ITS_OWN = "AwaitingRetry"


def heed_the_worker(taken: str) -> None:
    """In a child, before the engine runs. `taken`: the id of the state in which the worker took the run."""
    with suppress(ValueError):
        flow_engine.observe_flow_run_suspension = partial(_observed, UUID(taken))  # type: ignore[attr-defined]


@contextmanager
def _observed(
    taken: UUID,
    flow_run_id: UUID,
    suspension_request: FlowRunSuspensionRequest,
    polling_interval: float = 10,
) -> Iterator[None]:
    """Prefect's `observe_flow_run_suspension`."""
    asked = flow_run_id, suspension_request
    if threading.current_thread() is not threading.main_thread():
        with _flow_run_suspension.observe_flow_run_suspension(*asked, polling_interval):
            yield
        return
    ends, threads = threading.Event(), list[threading.Thread]()

    def look() -> None:
        if not _look(taken, *asked, ends):
            with _flow_run_suspension.observe_flow_run_suspension(*asked, polling_interval):
                ends.wait()

    def told(*_: object) -> None:
        if not threads:
            threads.append(threading.Thread(target=look, daemon=True))
            threads[0].start()

    # The engine reads the state of the run after this: what was told before is seen then.
    signal.signal(LOOK, told)
    try:
        yield
    finally:
        signal.signal(LOOK, signal.SIG_DFL)
        ends.set()


def _look(taken: UUID, flow_run: UUID, request: FlowRunSuspensionRequest, ends: threading.Event) -> bool:
    """Whether it was suspended, and is to end."""
    with get_client(sync_client=True) as client:
        for pause in LOOKS_AFTER_SECONDS:
            if ends.wait(pause):
                return True
            with suppress(Exception):
                if state := _suspended(client, flow_run, taken):
                    request.mark_requested(state)
                    return True
    return False


def _suspended(client: SyncPrefectClient, flow_run: UUID, taken: UUID) -> State | None:
    """The state to end in. Also where the run was resumed since: somebody executes it anew, or will, beside this process if it
    went on."""
    try:
        state = client.read_flow_run(flow_run).state
    except ObjectNotFound:
        return None
    if state is None or is_suspended_flow_run_state(state):
        return state
    resumed = state.type in _RESUMED and state.name != _ITS_OWN
    if resumed or (state.is_running() and begun_anew(client.read_flow_run_states(flow_run), taken)):
        return State(type=StateType.PAUSED, name="Suspended", timestamp=state.timestamp)
    return None

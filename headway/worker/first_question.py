"""A run begins by asking Prefect's server what it is about. A server that is started anew at that moment had the run crash.

Nothing has been done by then, and nobody begins such a run again: what a person asked for, a freeze, say, would not be. Nor has
it by the next questions, before the run is called Running. Prefect's clients repeat those that find no connection, for a minute,
but only once they have had one; each new client begins without, also in a run whose first question was answered.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

import httpx
from prefect import flow_engine
from prefect.client.base import PrefectHttpxAsyncClient, PrefectHttpxSyncClient
from prefect.client.schemas.objects import FlowRun

PATIENCE_SECONDS = 120.0
_PAUSE_SECONDS = 1.0
_ask = flow_engine.load_flow_run


def ask_patiently() -> None:
    """In a child, before the engine runs."""
    flow_engine.load_flow_run = _asked


def _asked(flow_run_id: UUID) -> FlowRun:
    """As Prefect's own; raises what that raises where nobody has answered for so long."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            run = _ask(flow_run_id)
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
        else:
            _repeat_from_now_on()
            return run
        time.sleep(_PAUSE_SECONDS)


def _repeat_from_now_on() -> None:
    """The server was there: no client that this process makes fails at once where it is not."""
    for kind in (PrefectHttpxSyncClient, PrefectHttpxAsyncClient):
        kind.__init__ = _as_connected(kind.__init__)  # type: ignore[method-assign]


def _as_connected(made: Callable[..., None]) -> Callable[..., None]:
    @wraps(made)
    def connected(client: Any, *given: Any, **named: Any) -> None:
        made(client, *given, **named)
        client._has_connected = True

    return connected

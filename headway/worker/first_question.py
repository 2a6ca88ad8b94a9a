"""A run begins by asking Prefect's server what it is about. A server that is started anew at that moment had the run crash.

Nothing has been done by then, and nobody begins such a run again: what a person asked for, a freeze, say, would not be.
"""

import time
from uuid import UUID

import httpx
from prefect import flow_engine
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
            return _ask(flow_run_id)
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
        time.sleep(_PAUSE_SECONDS)

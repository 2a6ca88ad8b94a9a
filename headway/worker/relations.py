"""What an event of a run is related to, without asking Prefect's server for what the run knows.

Prefect puts flow, deployment, work pool and queue of a run into its events, and reads each when the first event is sent: four
requests, each with a connection of its own. Of three of them an event holds nothing but the id and the name.
"""

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

from prefect.context import FlowRunContext
from prefect.events import related

_ask = related._get_and_cache_related_object


def know() -> None:
    """For this process, and those that are forked from it."""
    related._get_and_cache_related_object = _known


async def _known(
    kind: str, role: str, client_method: Callable[..., Awaitable[Any]], obj_id: Any, cache: Any
) -> Any:
    """As Prefect's own."""
    identity, name = _of_run(kind)
    if not (identity and name):
        return await _ask(kind, role, client_method, obj_id, cache)
    return {"kind": kind, "role": role, "object": SimpleNamespace(id=identity, name=name)}


def _of_run(kind: str) -> tuple[object, str | None]:
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return None, None
    run = context.flow_run
    known = {
        "flow": (run.flow_id, context.flow.name if context.flow else None),
        "work-queue": (run.work_queue_id, run.work_queue_name),
        "work-pool": (run.work_pool_id, run.work_pool_name),
    }
    return known.get(kind, (None, None))

"""What an event of a run is related to, without asking Prefect's server for what the run knows.

Prefect puts flow, deployment, work pool and queue of a run into its events, and reads each when the first event is sent: four
requests, each with a connection of its own. An event holds nothing of them but the id, the name, and the tags of the deployment.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import SimpleNamespace
from typing import Any

from prefect.context import FlowRunContext
from prefect.events import related

_ask = related._get_and_cache_related_object
_deployment: Mapping[str, Any] = {}


def know() -> None:
    """For this process, and those that are forked from it."""
    related._get_and_cache_related_object = _known


def know_deployment(deployment: Mapping[str, Any]) -> None:
    """In a child. `deployment`: `id`, `name` and `tags` of its run's, as the worker has read them; empty where it has none."""
    global _deployment
    _deployment = deployment


async def _known(
    kind: str, role: str, client_method: Callable[..., Awaitable[Any]], obj_id: Any, cache: Any
) -> Any:
    """As Prefect's own."""
    if known := _of_run(kind, obj_id):
        return {"kind": kind, "role": role, "object": known}
    return await _ask(kind, role, client_method, obj_id, cache)


def _of_run(kind: str, identity: object) -> SimpleNamespace | None:
    if kind == "deployment":
        known = _deployment if _deployment.get("id") == str(identity) else None
        return SimpleNamespace(**{**known, "id": identity}) if known else None
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return None
    run = context.flow_run
    names = {
        "flow": (run.flow_id, context.flow.name if context.flow else None),
        "work-queue": (run.work_queue_id, run.work_queue_name),
        "work-pool": (run.work_pool_id, run.work_pool_name),
    }
    of_run, name = names.get(kind, (None, None))
    return SimpleNamespace(id=of_run, name=name) if of_run and name else None

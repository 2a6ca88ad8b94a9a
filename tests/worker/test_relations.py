"""What an event of a run is related to: the same as when Prefect's server is asked for all of it."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from prefect.events import related
from prefect.events.schemas.events import RelatedResource

from headway.worker import relations

FLOW, DEPLOYMENT, QUEUE, POOL = (UUID(int=number) for number in range(1, 5))
OF_SERVER = {
    "flow": SimpleNamespace(id=FLOW, name="deliver", tags=[]),
    "deployment": SimpleNamespace(id=DEPLOYMENT, name="deliver", tags=["headway"]),
    "work_queue": SimpleNamespace(id=QUEUE, name="default"),
    "work_pool": SimpleNamespace(id=POOL, name="headway"),
}

TOLD: dict[str, Any] = {"id": str(DEPLOYMENT), "name": "deliver", "tags": ["headway"]}


def by_a_worker(**more: Any) -> FlowRun:
    return FlowRun(
        flow_id=FLOW,
        name="Deliver shop",
        tags=["shop"],
        deployment_id=DEPLOYMENT,
        **{
            "work_queue_id": QUEUE,
            "work_queue_name": "default",
            "work_pool_id": POOL,
            "work_pool_name": "headway",
            **more,
        },
    )


class Server:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        async def read(_: Any) -> Any:
            self.asked.append(name.removeprefix("read_"))
            return OF_SERVER[name.removeprefix("read_")]

        return read


@pytest.mark.parametrize(
    ("run", "told_of", "asked"),
    {
        "by a worker": (by_a_worker(), TOLD, []),
        "by a worker that was told of no deployment": (by_a_worker(), {}, ["deployment"]),
        "another deployment than the one told of": (
            by_a_worker(),
            {**TOLD, "id": str(UUID(int=9)), "name": "watch"},
            ["deployment"],
        ),
        "a server that does not say which pool": (by_a_worker(work_pool_id=None), TOLD, ["work_pool"]),
    }.values(),
)
def test_only_what_the_run_does_not_know_is_asked(
    run: FlowRun, told_of: dict[str, Any], asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = SimpleNamespace(flow_run=run, flow=SimpleNamespace(name="deliver"))
    monkeypatch.setattr(FlowRunContext, "get", lambda: context)

    def told() -> tuple[list[RelatedResource], list[str]]:
        monkeypatch.setattr(related, "RESOURCE_CACHE", {})
        server = Server()
        found = asyncio.run(related.related_resources_from_run_context(server))  # type: ignore[arg-type]
        return found, sorted(server.asked)

    whole, all_asked = told()
    assert len(all_asked) == 4
    monkeypatch.setattr(related, "_get_and_cache_related_object", related._get_and_cache_related_object)
    relations.know()
    monkeypatch.setattr(relations, "_deployment", {})
    relations.know_deployment(told_of)
    assert told() == (whole, asked)

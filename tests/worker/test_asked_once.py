"""What a worker reads for each run of it: once."""

import asyncio
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from headway.worker import asked_once

DELIVER, RELEASE = UUID(int=1), UUID(int=2)


class Client:
    def __init__(self) -> None:
        self.asked: list[tuple[str, UUID]] = []

    async def read_deployment(self, deployment_id: UUID) -> Any:
        self.asked.append(("deployment", deployment_id))
        return SimpleNamespace(id=deployment_id, read=len(self.asked))

    async def read_flow(self, flow_id: UUID) -> Any:
        self.asked.append(("flow", flow_id))
        return SimpleNamespace(id=flow_id)


def test_a_deployment_is_read_once_a_run_also_by_what_the_run_begins_and_anew_for_the_next() -> None:
    client = Client()

    async def run(deployment: UUID) -> None:
        with asked_once.while_a_run_is_submitted():
            before = await client.read_deployment(deployment)
            after = await asyncio.create_task(client.read_deployment(deployment))
        assert (before.id, after.read) == (deployment, before.read)

    async def runs() -> None:
        asked_once.of_each_run(client)  # type: ignore[arg-type]
        await asyncio.gather(run(DELIVER), run(RELEASE), run(DELIVER))

    asyncio.run(runs())
    assert sorted(client.asked) == [("deployment", DELIVER)] * 2 + [("deployment", RELEASE)]


def test_outside_of_a_run_each_question_is_asked_but_that_for_a_flow() -> None:
    client = Client()

    async def ask() -> None:
        asked_once.of_each_run(client)  # type: ignore[arg-type]
        for _ in range(2):
            await client.read_deployment(DELIVER)
            await client.read_flow(RELEASE)

    asyncio.run(ask())
    assert client.asked == [("deployment", DELIVER), ("flow", RELEASE), ("deployment", DELIVER)]

"""What the worker does about runs while the server cannot be asked."""

import asyncio
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from headway.worker import supervision


class _Away:
    async def read_flow_runs(self, **_: Any) -> None:
        raise ConnectionError("it is away")


def test_a_run_that_may_be_cancelled_goes_on_until_the_next_poll_where_the_server_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervision, "get_client", _Away)
    flow_run, done = uuid4(), list[str]()

    async def begins() -> None:
        ours = supervision.Supervision()
        ours._children[flow_run] = SimpleNamespace(go_on=lambda: done.append("goes on"))  # type: ignore[assignment]
        ours.cancel(flow_run)
        await ours._added(flow_run)

    asyncio.run(begins())
    assert done == ["goes on"]

"""What the worker does about runs while the server cannot be asked."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import State, StateType

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


@pytest.mark.parametrize(
    ("states", "is_anew"),
    [
        pytest.param("scheduled* pending pending running", False, id="its first process"),
        pytest.param("scheduled* pending pending", False, id="it has crashed before it ran"),
        pytest.param("scheduled* scheduled pending pending running", False, id="its time was changed"),
        pytest.param("scheduled* pending running scheduled running", False, id="tried again in one process"),
        pytest.param("scheduled* pending running paused", False, id="suspended"),
        pytest.param("scheduled* pending running paused scheduled", True, id="resumed, and to begin"),
        pytest.param("scheduled* pending running paused scheduled pending", True, id="taken by another"),
        pytest.param("scheduled* pending running crashed scheduled pending running", True, id="retried"),
        pytest.param(
            "scheduled pending running paused scheduled* pending running", False, id="the new process"
        ),
    ],
)
def test_whether_a_run_was_begun_anew(states: str, is_anew: bool) -> None:
    """The star: as the worker saw it that took it."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    words = states.split()
    found = [
        State(type=StateType[word.strip("*").upper()], timestamp=begin + timedelta(seconds=number))
        for number, word in enumerate(words)
    ]
    taken = next(each for each, word in zip(found, words, strict=True) if word.endswith("*"))
    assert supervision.begun_anew(reversed(found), taken.id) is is_anew
    assert not supervision.begun_anew(found, uuid4())

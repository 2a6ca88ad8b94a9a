"""What the worker does about runs while the server cannot be asked."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.objects import FlowRun, State, StateType

from headway.worker import run_states, supervision


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


class _Scheduling:
    """Prefect's server: it takes its time to write the first state, which `writes` lets it."""

    def __init__(self, writes: asyncio.Event) -> None:
        self.writes = writes
        self.state: State | None = None

    async def set_flow_run_state(self, _: UUID, state: State) -> None:
        await self.writes.wait()
        self.state = state

    async def read_flow_run(self, _: UUID) -> Any:
        return SimpleNamespace(state=self.state or State(type=StateType.PENDING))


@pytest.mark.parametrize("ends_first", [True, False], ids=["while it is put back", "once it is put back"])
def test_what_is_resumed_before_its_process_has_ended_begins_when_it_has(
    monkeypatch: pytest.MonkeyPatch, *, ends_first: bool
) -> None:
    async def resumed() -> datetime:
        writes, ends = asyncio.Event(), asyncio.Event()
        server = _Scheduling(writes)
        monkeypatch.setattr(supervision, "get_client", lambda: server)
        ours = supervision.Supervision()

        async def former(*_: Any) -> None:
            await ends.wait()

        monkeypatch.setattr(ours, "_execute", former)
        run: Any = SimpleNamespace(id=uuid4())
        nothing: Any = None
        first = asyncio.create_task(ours.execute(run, nothing, nothing, nothing))
        await asyncio.sleep(0)
        second = asyncio.create_task(ours.execute(run, nothing, nothing, nothing))
        await asyncio.sleep(0)
        for event, task in (
            ((ends, first), (writes, second)) if ends_first else ((writes, second), (ends, first))
        ):
            event.set()
            await task
        assert server.state
        assert server.state.name == "Resuming"
        begins = server.state.state_details.scheduled_time
        assert begins
        return begins

    assert asyncio.run(resumed()) <= datetime.now(UTC)


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
    assert run_states.begun_anew(reversed(found), taken.id) is is_anew
    assert not run_states.begun_anew(found, uuid4())


@pytest.mark.parametrize(
    ("states", "ended"),
    [
        pytest.param("scheduled pending", None, id="it is to begin"),
        pytest.param("scheduled pending running completed pending", "completed", id="another has done it"),
        pytest.param("scheduled pending running failed pending", "failed", id="another has failed"),
        pytest.param("scheduled pending running failed scheduled pending", None, id="it is tried again"),
        pytest.param("scheduled pending running paused scheduled pending", None, id="resumed"),
        pytest.param("pending", None, id="nothing is known of it before"),
        pytest.param("", None, id="nothing is known of it"),
    ],
)
def test_how_a_run_had_ended_before_it_was_taken(states: str, ended: str | None) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    found = [
        State(type=StateType[word.upper()], timestamp=begin + timedelta(seconds=number))
        for number, word in enumerate(states.split())
    ]
    before = run_states.ended_before(reversed(found))
    assert (before.type.value.lower() if before else None) == ended


@pytest.mark.parametrize("lacks", ["read", "set"])
def test_a_server_that_is_away_ends_no_worker_that_asks_what_was_done(
    lacks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Server:
        async def read_flow_run_states(self, _: object) -> list[State]:
            if lacks == "read":
                raise ConnectionError("it is away")
            return [State(type=StateType.COMPLETED), State(type=StateType.PENDING)]

        async def set_flow_run_state(self, *_: object, **__: object) -> None:
            raise ConnectionError("it is away")

    monkeypatch.setattr(supervision, "get_client", Server)
    monkeypatch.setattr(supervision, "flow_run_logger", lambda _: logging.getLogger("worker"))
    run = FlowRun(id=uuid4(), flow_id=uuid4())
    was_done = asyncio.run(supervision.Supervision().put_back_if_done(run))
    assert was_done is (lacks == "set"), "what is not known to be done is begun"

"""How often a worker asks for runs, and when: at once, and once more for a run that it was told of before Prefect gave it out."""

import asyncio
import tempfile
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from headway.clients.memory import MEMORY
from headway.worker.worker import HeadwayWorker, folder_of_a_run

A, B = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("told_of", "given_out", "looks"),
    [
        pytest.param({A}, [{A}], 1, id="it is there"),
        pytest.param({A, B}, [{A, B}], 1, id="a swarm"),
        pytest.param({A}, [set(), {A}], 2, id="it cannot be read yet"),
        pytest.param({A, B}, [{B}, {A}], 2, id="one of two cannot be read yet"),
        pytest.param({A}, [RuntimeError("away"), {A}], 2, id="the server is away for a moment"),
        pytest.param({A}, [set(), set()], 2, id="it is for later"),
        pytest.param(set(), [set()], 1, id="events are listened to again"),
    ],
)
def test_a_look_is_at_once_and_sometimes_twice(
    told_of: set[UUID], given_out: list[Any], looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headway.worker.worker._GATHER_SECONDS", 0.001)
    worker = HeadwayWorker(work_pool_name="any")
    asked = 0

    async def take() -> list[Any]:
        nonlocal asked
        asked += 1
        given = given_out[asked - 1]
        if isinstance(given, Exception):
            raise given
        return [SimpleNamespace(id=each) for each in given]

    async def woken() -> None:
        monkeypatch.setattr(worker, "_take", take)
        worker._told_of = set(told_of)
        worker._look.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(worker._look_when_woken(), 0.1)

    asyncio.run(woken())
    assert asked == looks


def test_a_run_begins_in_memory_where_there_is_no_room_for_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is gone refuses a new one as a full one does."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with folder_of_a_run() as folder:
        assert Path(folder).parent == MEMORY
        assert Path(folder).stat().st_mode & 0o777 == 0o700
    assert not Path(folder).exists()

"""When an application was looked at, asked of Prefect beside the rest: it costs three questions, and no command its answer."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from headway.cli import look_times
from headway.decide.review.look_times import (
    NOT_DEPLOYED,
    NOT_PLANNED,
    NOT_REGISTERED,
    PAUSED,
    LastLook,
    LookTimes,
)
from headway.errors import NoServer, Unreachable
from headway.model import run_names
from tests.local_server import Answering, LocalServer

AT = "2026-11-27T14:02:00Z"


def run(**more: Any) -> dict[str, Any]:
    return {
        "name": run_names.DELIVER.format(application="shop"),
        "start_time": AT,
        "expected_start_time": "2026-11-27T14:07:00Z",
        "parent_task_run_id": "1",
        "state_type": "COMPLETED",
        "state": {"message": None},
        "parameters": {"application": "shop"},
        **more,
    }


class _Answers(Answering):
    server: "Prefect"

    def respond(self) -> None:
        wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(self.path)
        if self.path.endswith("/deployments/filter"):
            found = self.server.deployments
        elif self.path.endswith("/block_documents/filter"):
            found = self.server.blocks
        else:
            found = self.server.planned if "deployments" in wanted else self.server.looks
        if self.server.said:
            self.wfile.write(self.server.said)
        else:
            self.answer(200, json.dumps(found).encode())


class Prefect(LocalServer):
    """Gives what it holds, and remembers what it was asked."""

    answers = _Answers

    def __init__(self) -> None:
        super().__init__()
        self.looks: list[Any] = [run()]
        self.planned: list[Any] = [run()]
        self.deployments: list[Any] = []
        self.blocks: list[Any] = [{"name": "shop", "created": "2026-11-27T13:00:00Z"}]
        self.asked: list[str] = []
        self.said = b""
        """In the place of an answer, of status and headers too."""


@pytest.fixture
def prefect(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Prefect]:
    with Prefect().running() as server:
        monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
        monkeypatch.setenv("PREFECT_API_URL", f"http://{server.host}/api")
        yield server


LOOK = LastLook(datetime(2026, 11, 27, 14, 2, tzinfo=UTC), True, "COMPLETED", "")
NEXT = datetime(2026, 11, 27, 14, 7, tzinfo=UTC)


def test_three_questions_tell_both(prefect: Prefect) -> None:
    assert look_times.read("shop") == LookTimes(LOOK, NEXT)
    assert prefect.asked == ["/api/block_documents/filter", "/api/flow_runs/filter", "/api/flow_runs/filter"]


def test_nothing_looks_at_what_was_removed(prefect: Prefect) -> None:
    prefect.blocks = []
    assert look_times.read("shop") == LookTimes(LOOK, None, NOT_REGISTERED)


def test_a_dry_run_is_no_look(prefect: Prefect) -> None:
    prefect.looks = [run(parameters={"dry_run": True}), run(parent_task_run_id=None)]
    found = look_times.read("shop").last
    assert found
    assert not found.is_poll


def watched(state: str = "COMPLETED", said: str | None = None, **more: Any) -> dict[str, Any]:
    name = more.pop("called", state.capitalize())
    return run(
        name=run_names.WATCH,
        parameters={},
        parent_task_run_id=None,
        state_type=state,
        state={"name": name, "message": said},
        **more,
    )


LEFT = "watch: forum, shop could not be delivered whole\nforum: no\nshop: git does not answer"
BEFORE = datetime(2026, 11, 27, 13, 57, tzinfo=UTC)


@pytest.mark.parametrize(
    ("newest", "last"),
    [
        pytest.param(watched(), LookTimes(LOOK).last, id="all were looked at"),
        pytest.param(watched("RUNNING"), LastLook(LOOK.at, True, "RUNNING", ""), id="under way"),
        pytest.param(
            watched("CRASHED", "killed"), LastLook(LOOK.at, True, "CRASHED", "killed"), id="crashed"
        ),
        pytest.param(
            watched("FAILED", f"Flow run encountered an exception: Retryable: {LEFT}"),
            LastLook(LOOK.at, True, "FAILED", "git does not answer"),
            id="it failed for this one",
        ),
        pytest.param(watched("FAILED", LEFT.replace("shop", "tea")), LOOK, id="it failed for others"),
        pytest.param(
            watched("FAILED", "Prefect does not answer"),
            LastLook(LOOK.at, True, "FAILED", "Prefect does not answer"),
            id="it failed for all",
        ),
        pytest.param(
            watched(called=run_names.HANDED_OVER), LastLook(BEFORE, False, "COMPLETED", ""), id="handed over"
        ),
        pytest.param(
            watched(start_time="2026-11-27T12:59:00Z"),
            LastLook(BEFORE, False, "COMPLETED", ""),
            id="before it was registered",
        ),
    ],
)
def test_a_watch_is_a_look_at_whatever_it_says(
    prefect: Prefect, newest: dict[str, Any], last: LastLook
) -> None:
    prefect.looks = [newest, run(start_time="2026-11-27T13:57:00Z", parent_task_run_id=None)]
    assert look_times.read("shop").last == last
    assert len(prefect.asked) == 3


DEPLOYED = {"paused": False, "schedules": [{"active": True}]}


@pytest.mark.parametrize(
    ("deployments", "why"),
    [
        pytest.param([], NOT_DEPLOYED, id="not deployed"),
        pytest.param([{**DEPLOYED, "paused": True}], PAUSED, id="the deployment is paused"),
        pytest.param([{**DEPLOYED, "schedules": [{"active": False}]}], PAUSED, id="its schedule is"),
        pytest.param([{**DEPLOYED, "schedules": []}], PAUSED, id="it has none"),
        pytest.param([DEPLOYED], NOT_PLANNED, id="the server has not come to it"),
    ],
)
def test_why_there_is_no_next_one(deployments: list[Any], why: str, prefect: Prefect) -> None:
    prefect.planned, prefect.deployments = [], deployments
    assert look_times.read("shop") == LookTimes(LOOK, None, why)


@pytest.mark.parametrize("looks", [["x"], [{}], {"detail": "no"}, [run(start_time="soon")]])
def test_an_answer_that_prefect_does_not_give_is_not_known(looks: Any, prefect: Prefect) -> None:
    prefect.looks = looks
    with pytest.raises(Unreachable, match="as Prefect does"):
        look_times.read("shop")
    assert look_times.told(look_times.begun("shop")).endswith("not known: Prefect does not answer")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"SSH-2.0-x\r\n\r\n", id="no HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[{", id="half an answer"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 9999, id="nested without end"),
    ],
)
def test_what_is_no_answer_of_a_server_is_not_known(said: bytes, prefect: Prefect) -> None:
    prefect.said = said
    assert look_times.told(look_times.begun("shop")).endswith("not known: Prefect does not answer")


def test_a_time_without_a_zone_is_utc(prefect: Prefect) -> None:
    prefect.looks = [run(start_time="2026-11-27T14:02:00")]
    assert look_times.read("shop").last == LOOK


@pytest.mark.usefixtures("prefect")
def test_who_hangs_keeps_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    hangs = threading.Event()
    monkeypatch.setattr(look_times, "SECONDS", 0.05)
    monkeypatch.setattr(look_times, "_next", lambda: hangs.wait(5))
    assert look_times.told(look_times.begun("shop")).endswith("not known: Prefect does not answer")
    hangs.set()


@pytest.mark.usefixtures("prefect")
def test_without_a_server_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL")
    with pytest.raises(NoServer):
        look_times.read("shop")
    assert "no Prefect server is named" in look_times.told(look_times.begun("shop"))

"""A run that begins while Prefect's server is away waits for it, and not for ever."""

from types import SimpleNamespace
from uuid import uuid4

import httpx
import pytest
from prefect.client import base
from prefect.client.schemas.objects import FlowRun

from headway.worker import first_question


@pytest.mark.parametrize(
    ("away", "comes"),
    [
        pytest.param(0, True, id="it is there"),
        pytest.param(100, True, id="it is started anew"),
        pytest.param(200, False, id="it stays away"),
    ],
)
def test_a_run_waits_for_the_server(away: int, comes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    run, now = FlowRun(id=uuid4(), flow_id=uuid4()), [0.0]

    def ask(_: object) -> FlowRun:
        if now[0] < away:
            raise httpx.ConnectError("refused")
        return run

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(first_question, "_ask", ask)
    monkeypatch.setattr(first_question, "_repeat_from_now_on", lambda: None)
    monkeypatch.setattr(first_question, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    if comes:
        assert first_question._asked(run.id) is run
    else:
        with pytest.raises(httpx.ConnectError):
            first_question._asked(run.id)
        assert first_question.PATIENCE_SECONDS <= now[0] <= first_question.PATIENCE_SECONDS + 5


@pytest.mark.parametrize("answered", [True, False], ids=["the first was answered", "none was"])
def test_the_next_questions_wait_for_it_too(answered: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by a client of its own, as the engine makes one after it has read its run."""
    for kind in (base.PrefectHttpxSyncClient, base.PrefectHttpxAsyncClient):
        monkeypatch.setattr(kind, "__init__", kind.__init__)
    monkeypatch.setattr(base, "time", SimpleNamespace(sleep=lambda _: None))
    left = [httpx.ConnectError("refused"), httpx.ConnectError("refused"), None]

    def answer(_: httpx.Request) -> httpx.Response:
        if error := left.pop(0):
            raise error
        return httpx.Response(200, json={})

    if answered:
        monkeypatch.setattr(first_question, "_ask", lambda _: FlowRun(id=uuid4(), flow_id=uuid4()))
        first_question._asked(uuid4())
    client = base.PrefectHttpxSyncClient(
        transport=httpx.MockTransport(answer),
        base_url="http://prefect.example.com",
        enable_csrf_support=False,
    )
    if answered:
        assert client.patch("/flow_runs/1").status_code == 200
    else:
        with pytest.raises(httpx.ConnectError):
            client.patch("/flow_runs/1")

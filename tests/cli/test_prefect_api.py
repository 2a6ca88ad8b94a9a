"""A Prefect server that takes connections and never answers is given up, by commands as by the release view."""

import socket
from collections.abc import Iterator
from uuid import uuid4

import pytest
from prefect.client import base
from prefect.events.clients import AssertingEventsClient
from prefect.events.worker import EventsWorker
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_CSRF_SUPPORT_ENABLED, temporary_settings

from headway.cli import prefect_api
from headway.cli.prefect_api import prefect_server
from headway.errors import Unreachable


@pytest.fixture(autouse=True)
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(base.time, "sleep", lambda _: None)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/api"
        with temporary_settings({PREFECT_API_URL: url, PREFECT_CLIENT_CSRF_SUPPORT_ENABLED: False}):
            yield


@pytest.mark.parametrize("within", [pytest.param(0.2, id="a page"), pytest.param(None, id="a command")])
def test_it_is_given_up_with_all_repetitions(within: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefect_api, "ANSWER_SECONDS", 0.2)
    with (
        pytest.raises(Unreachable, match="Prefect server: it takes long to answer"),
        prefect_server(within=within) as client,
    ):
        client.read_flow_run(uuid4())


def test_nobody_hears_what_is_left_to_be_sent(caplog: pytest.LogCaptureFixture) -> None:
    worker = EventsWorker(AssertingEventsClient, ())
    worker._logger.warning("Still processing items: 1 items remaining...")
    worker._logger.warning("Service %r queue is full (%d items), dropping item", "events", 10)
    assert [each.message for each in caplog.records] == [
        "Service 'events' queue is full (10 items), dropping item"
    ]

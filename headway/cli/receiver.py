"""Serves the receiver of hints, and tells Prefect what it hears."""

import asyncio
import logging
import secrets
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from headway.cli.listening import listening, shown
from headway.errors import Unreachable
from headway.model.events import Event
from headway.receiver import Live, app
from headway.receiver.application import READING_SECONDS
from headway.receiver.queues import Queue

_SECONDS_TO_TELL = 20.0
_CONNECTIONS = 200
_SECONDS_TO_ASK = {h11.IDLE: 10.0, h11.SEND_BODY: READING_SECONDS + 5, h11.DONE: 30.0}
"""For a request's head, for its body (the receiver says 408 before), and for taking the answer."""
_SECONDS_TO_FETCH = 10.0
_CERTIFICATE_LIMIT = 64 * 1024


def serve(*, host: str, port: int, config: Path) -> bool:
    """Until it is told to end. Raises BadInput for a file, or for an address that is taken."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s: %(message)s")
    logging.getLogger("headway.receiver").setLevel(logging.INFO)
    served = app(Live(config), send, certificate, queue)
    sockets = [listening(host, port)]
    Thread(target=_load, name="loading Prefect", daemon=True).start()
    print(f"receiver: http://{shown(host)}:{sockets[0].getsockname()[1]}", flush=True)
    # Paths hold secrets, so that none is logged.
    configured = uvicorn.Config(
        served,
        http=Impatient,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(configured).run(sockets=sockets)
    return True


class Impatient(H11Protocol):
    """Ends connections that ask nothing: they are as many as may be, and the server itself waits for them for ever."""

    _awaited: object = None
    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._await()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._forget()

    def _await(self) -> None:
        """A byte more of the same head or body is no reason to wait longer."""
        state = self.conn.their_state
        if state is self._awaited and state is not h11.DONE:
            return
        self._forget()
        self._awaited = state
        if state in _SECONDS_TO_ASK and not self.transport.is_closing():
            self._end = self.loop.call_later(_SECONDS_TO_ASK[state], self.transport.abort)

    def _forget(self) -> None:
        if self._end is not None:
            self._end.cancel()


def send(events: Sequence[Event]) -> None:
    """Raises HeadwayError where the server does not take them."""
    from flows.events import as_prefect
    from headway.cli.prefect_api import prefect_server

    with prefect_server(within=_SECONDS_TO_TELL) as client:
        said = [as_prefect(each).model_dump(mode="json") for each in events]
        client.request("POST", "/events", json=said)


_LET_OUT = "Let the receiver ask Amazon for it; the topic posts again."


def certificate(address: str) -> bytes:
    """Of Amazon SNS. Raises Unreachable where nobody answers, or something else than a small file."""
    import httpx

    try:
        with httpx.stream("GET", address, timeout=_SECONDS_TO_FETCH) as answer:
            data = b"".join(islice(answer.iter_bytes(_CERTIFICATE_LIMIT), 1))
    except httpx.HTTPError as error:
        raise Unreachable(f"no answer: {error}", where=address, next_step=_LET_OUT) from error
    if answer.status_code != httpx.codes.OK or len(data) >= _CERTIFICATE_LIMIT:
        raise Unreachable(
            f"it answered {answer.status_code}, and no certificate", where=address, next_step=_LET_OUT
        )
    return data


def queue(url: str) -> Queue[Any]:
    from headway.clients.sqs import SqsQueue

    return SqsQueue(url)


def print_secret() -> bool:
    print(secrets.token_urlsafe(32))
    return True


def _load() -> None:
    """So that the first hint does not wait for it."""
    import headway.cli.prefect_api  # noqa: F401

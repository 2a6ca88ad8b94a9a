"""Serves the receiver of hints, and tells Prefect what it hears."""

import logging
import secrets
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import Any

import uvicorn

from headway.cli.listening import listening, shown
from headway.errors import Unreachable
from headway.model.events import Event
from headway.receiver import Live, app
from headway.receiver.queues import Queue

_SECONDS_TO_TELL = 20.0
_CONNECTIONS = 200
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
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(configured).run(sockets=sockets)
    return True


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

"""Serves the receiver of hints, and tells Prefect what it hears."""

import logging
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

import uvicorn

from headway.cli.listening import listening, shown
from headway.model.events import Event
from headway.receiver import Live, app

_SECONDS_TO_TELL = 20.0
_CONNECTIONS = 200


def serve(*, host: str, port: int, config: Path) -> bool:
    """Until it is told to end. Raises BadInput for a file, or for an address that is taken."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s: %(message)s")
    logging.getLogger("headway.receiver").setLevel(logging.INFO)
    served = app(Live(config), send)
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


def print_secret() -> bool:
    print(secrets.token_urlsafe(32))
    return True


def _load() -> None:
    """So that the first hint does not wait for it."""
    import headway.cli.prefect_api  # noqa: F401

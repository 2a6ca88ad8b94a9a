"""A receiver of hints on a port of its own, and the bodies that were posted to it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from headway.model.events import ChartsChanged
from tests.clients.conftest import free_port
from tests.receiver.hearing import SECRET, Hearing

SETTINGS = """\
quiet: 0s
senders:
  by-token: {kind: s3, by: token, secrets: ci.secrets}
  by-path: {kind: s3, by: path, secrets: ci.secrets}
applications:
  of-minio: {charts: ["s3://charts-of-minio/shop"]}
  of-versitygw: {charts: ["s3://charts-of-versitygw/shop"]}
"""


@dataclass
class Served:
    hearing: Hearing
    address: str
    secret: str = SECRET
    bodies: list[bytes] = field(default_factory=list)

    def told(self, application: str) -> str:
        """The first address of charts that Prefect was told of for this application, as soon as there is one."""
        until = time.monotonic() + 20
        while True:
            events = [event for each in self.hearing.told for event in each]
            for event in events:
                if event.application == application:
                    assert isinstance(event, ChartsChanged)
                    return event.address
            assert time.monotonic() < until, f"{events} of {self.bodies}"
            time.sleep(0.05)


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    hearing, port = Hearing(folder, SETTINGS), free_port()
    served = Served(hearing, f"http://127.0.0.1:{port}/hints")
    receiver = hearing.served()

    async def overheard(scope: Any, receive: Any, send: Any) -> None:
        async def noted() -> Any:
            message = await receive()
            if message.get("body"):
                served.bodies.append(message["body"])
            return message

        await receiver(scope, noted, send)

    server = uvicorn.Server(uvicorn.Config(overheard, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield served
    finally:
        server.should_exit = True
        thread.join()

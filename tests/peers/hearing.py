"""A receiver of hints on a port of its own, and the bodies that were posted to it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from tests.clients.conftest import free_port
from tests.receiver.hearing import SECRET, Hearing

SETTINGS = """\
quiet: 50ms
senders:
  s3: {kind: s3, secrets: ci.secrets}
applications:
  shop: {charts: ["s3://shop-charts"]}
"""


@dataclass
class Served:
    hearing: Hearing
    address: str
    secret: str = SECRET
    bodies: list[bytes] = field(default_factory=list)

    def addresses(self, count: int) -> list[str]:
        """Of the charts that Prefect was told of, as soon as there are so many."""
        until = time.monotonic() + 20
        while True:
            told = [event.payload["address"] for events in self.hearing.told for event in events]
            if len(told) >= count:
                return told
            assert time.monotonic() < until, f"{told} of {self.bodies}"
            time.sleep(0.05)


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    hearing, port = Hearing(folder, SETTINGS), free_port()
    served = Served(hearing, f"http://127.0.0.1:{port}/hints/s3")
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

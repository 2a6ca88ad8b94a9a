"""What a worker hears from Prefect's server through here comes while it is stopped: it acts on it when it goes on, however late.

So does a machine that stands still for a while (its memory is swapped out, its virtual machine moved).
"""

import os
import selectors
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

_RUNS = b"/get_scheduled_flow_runs"
_NONE_BYTES = 300
"""An answer that names no run is shorter, one that does longer."""


class StoppedBetween:
    """Passes on what it is sent. From `arm` on, the next answer that gives out a run stops the worker first."""

    def __init__(self, api: str) -> None:
        parts = urlsplit(api)
        self._to = parts.hostname or "", parts.port or 80
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}{parts.path}"
        self._worker = 0
        self.stopped = threading.Event()

    def arm(self, worker: int) -> None:
        self._worker = worker

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._to) as server, selectors.DefaultSelector() as both:
            both.register(client, selectors.EVENT_READ, server)
            both.register(server, selectors.EVENT_READ, client)
            asks_for_runs = False
            with suppress(OSError):
                while True:
                    for key, _ in both.select():
                        data = key.fileobj.recv(2**16)  # type: ignore[union-attr]
                        if not data:
                            return
                        if key.fileobj is client:
                            asks_for_runs = _RUNS in data or (
                                asks_for_runs and not data.startswith((b"GET", b"POST"))
                            )
                        elif asks_for_runs and self._worker and len(data) > _NONE_BYTES:
                            os.kill(self._worker, signal.SIGSTOP)
                            self._worker = 0
                            self.stopped.set()
                        key.data.sendall(data)


@contextmanager
def stopped_between(api: str) -> Iterator[StoppedBetween]:
    through = StoppedBetween(api)
    threading.Thread(target=through.serve, daemon=True).start()
    try:
        yield through
    finally:
        through.close()

"""A small HTTP server on this machine, for as long as a test needs it."""

import http.server
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Self


class LocalServer(http.server.ThreadingHTTPServer):
    """On a free port of 127.0.0.1; a class of its own holds what its `answers` (a handler) are made of."""

    daemon_threads = True
    answers: type["Answering"]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), self.answers)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @contextmanager
    def running(self) -> Iterator[Self]:
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            self.server_close()
            thread.join()


class Answering(http.server.BaseHTTPRequestHandler):
    """Whole answers to whatever is asked, and nothing on standard error."""

    def respond(self) -> None:
        raise NotImplementedError

    def do_GET(self) -> None:
        self.respond()

    do_HEAD = do_POST = do_GET  # noqa: N815 - so they are called by the library

    def answer(self, status: int, data: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        """Without its body where a HEAD asked."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass

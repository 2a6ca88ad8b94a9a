"""The sandbox's registry behind a proxy that answers manifests otherwise for a while."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Mood = Literal["401", "429", "500", "hangs"]
HANGS_SECONDS = 15
_NOT_COPIED = {"connection", "transfer-encoding", "keep-alive", "content-length"}


class MoodyRegistry:
    """Listens on loopback; passes everything on to `behind` ("host:port") while it has no mood."""

    def __init__(self, behind: str) -> None:
        self.mood: Mood | None = None
        self._before_pull: Callable[[], object] | None = None
        self._asked = threading.Lock()
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if "/manifests/" in self.path and self.headers.get("User-Agent", "").startswith("containerd"):
                    registry.node_asks()
                if registry.mood and "/manifests/" in self.path:
                    self._in_a_mood(registry.mood)
                else:
                    self._passed_on(behind)

            do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815

            def _in_a_mood(self, mood: Mood) -> None:
                if mood == "hangs":
                    time.sleep(HANGS_SECONDS)
                    self.close_connection = True
                    return
                self.send_response(int(mood))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _passed_on(self, behind: str) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                connection = HTTPConnection(behind, timeout=60)
                body = self._chunked() if self.headers.get("Transfer-Encoding") else self.rfile.read(length)
                kept = {k: v for k, v in self.headers.items() if k.lower() not in _NOT_COPIED}
                connection.request(self.command, self.path, body or None, kept)
                answer = connection.getresponse()
                data = answer.read()
                self.send_response(answer.status)
                for key, value in answer.getheaders():
                    if key.lower() not in _NOT_COPIED:
                        self.send_header(key, value)
                size = answer.getheader("Content-Length") if self.command == "HEAD" else len(data)
                self.send_header("Content-Length", str(size or 0))
                self.end_headers()
                self.wfile.write(data)
                connection.close()

            def _chunked(self) -> bytes:
                parts = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def serving(self) -> Iterator["MoodyRegistry"]:
        thread = threading.Thread(target=self._server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def node_asks(self) -> None:
        with self._asked:
            act, self._before_pull = self._before_pull, None
            if act:
                act()

    @contextmanager
    def before_the_next_pull(self, act: Callable[[], object]) -> Iterator[None]:
        """`act` once, before a node is told the manifest that it asks for; it must have come to that by the end."""
        self._before_pull = act
        try:
            yield
            assert self._before_pull is None, "no node asked for an image"
        finally:
            self._before_pull = None

    @contextmanager
    def in_mood(self, mood: Mood) -> Iterator[None]:
        self.mood = mood
        try:
            yield
        finally:
            self.mood = None

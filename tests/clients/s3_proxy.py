"""What stands between Headway and the real S3, and what may happen on the way."""

import http.server
import time
import urllib.request
from collections.abc import Callable
from urllib.error import HTTPError

Trouble = Callable[[str, str], str | None]
"""Of method and path: one of TROUBLES, or None."""
TROUBLES = {
    "409": (409, "ConditionalRequestConflict"),
    "500": (500, "InternalError"),
    "503": (503, "SlowDown"),
    "slow": (0, ""),
    "stale": (0, ""),
    "lost answer": (0, ""),
}
"""An answer in the place of S3's; or S3's own, which comes late, is that to an earlier question, or does not come at all."""


class Proxy(http.server.ThreadingHTTPServer):
    """Passes requests on to S3."""

    daemon_threads = True

    def __init__(self, target: str, trouble: Trouble) -> None:
        self.target, self.trouble = target, trouble
        self.puts: list[str] = []
        self.earlier: dict[str, tuple[int, bytes, str]] = {}
        super().__init__(("127.0.0.1", 0), _Passing)

    def handle_error(self, *_: object) -> None:
        """Who asked was killed."""


class _Passing(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def do_GET(self) -> None:
        self._pass()

    def do_PUT(self) -> None:
        self._pass()

    def log_message(self, *_: object) -> None:
        pass

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.command == "PUT":
            self.server.puts.append(self.path)
        trouble = self.server.trouble(self.command, self.path)
        status, code = TROUBLES[trouble] if trouble else (0, "")
        if status:
            self._answer(status, f"<Error><Code>{code}</Code></Error>".encode(), "")
            return
        if trouble == "slow":
            time.sleep(0.05)
        if trouble == "stale" and self.command == "GET" and self.path in self.server.earlier:
            self._answer(*self.server.earlier[self.path])
            return
        answer = self._asked(body)
        if trouble == "lost answer":
            self.close_connection = True
            return
        if self.command == "GET" and answer[0] in (200, 404):
            self.server.earlier.setdefault(self.path, answer)
        self._answer(*answer)

    def _asked(self, body: bytes) -> tuple[int, bytes, str]:
        headers = {key: value for key, value in self.headers.items() if key != "Expect"}
        request = urllib.request.Request(
            self.server.target + self.path, body or None, headers, method=self.command
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.read(), response.headers["ETag"] or ""
        except HTTPError as error:
            with error:
                return error.code, error.read(), error.headers["ETag"] or ""

    def _answer(self, status: int, data: bytes, tag: str) -> None:
        self.send_response(status)
        if tag:
            self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

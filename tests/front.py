"""What stands before a server of the sandbox: another address of this machine, or TLS as people have it."""

import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

from sandbox import pki


class Front(socketserver.ThreadingTCPServer):
    """Passes on what comes, to a port of this machine."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, to: int, address: tuple[str, int], tls: ssl.SSLContext | None) -> None:
        self.to, self.tls = to, tls
        super().__init__(address, _Passing)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, *_: object) -> None:
        """Who asked does not trust this one, or is gone."""


class _Passing(socketserver.BaseRequestHandler):
    server: Front

    def handle(self) -> None:
        asking: socket.socket = self.request
        if self.server.tls:
            asking = self.server.tls.wrap_socket(asking, server_side=True)
        with asking, socket.create_connection(("127.0.0.1", self.server.to)) as answering:
            back = threading.Thread(target=_pass, args=(answering, asking), daemon=True)
            back.start()
            _pass(asking, answering)
            back.join()


def _pass(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def front(
    to: int, *, at: tuple[str, int] = ("127.0.0.1", 0), certificates: Path | None = None
) -> Iterator[Front]:
    """`certificates`: of `certified`, to speak TLS."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificates else None
    if tls and certificates:
        tls.load_cert_chain(certificates / "server.crt", certificates / "server.key")
    with Front(to, at, tls) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


def certified(folder: Path) -> Path:
    """A certificate of 127.0.0.1, and the authority's (`ca.crt`) that signed it."""
    pki.create(folder, ["127.0.0.1"], ["localhost"])
    return folder

"""A server may send as slowly as it likes, in whatever part of an answer, and pack what it sends: neither holds up a look."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator

import httpx
import pytest

from headway.clients.bounded import BoundedTransport
from headway.errors import BadInput

SECONDS = 0.3
Server = Callable[[bytes, bytes], str]


@pytest.fixture
def serve() -> Iterator[Server]:
    """Starts a server that says the one, then the other again and again, slowly; its address."""
    ended = threading.Event()
    listening: list[socket.socket] = []

    def answer(listener: socket.socket, first: bytes, again: bytes) -> None:
        client, _ = listener.accept()
        with client:
            client.recv(4096)
            client.sendall(first)
            for _ in range(100):
                if ended.wait(SECONDS / 10):
                    return
                try:
                    client.sendall(again)
                except OSError:
                    return

    def start(first: bytes, again: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listening.append(listener)
        threading.Thread(target=answer, args=(listener, first, again), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield start
    ended.set()
    for each in listening:
        each.close()


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("first", "again"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n", id="headers"),
        pytest.param(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", id="interim answers"),
        pytest.param(CHUNKED + b"1;", b"a", id="the extension of a chunk"),
        pytest.param(CHUNKED, b"1\r\na\r\n", id="the body"),
        pytest.param(CHUNKED + b"0\r\n", b"a: b\r\n", id="trailers"),
    ],
)
def test_no_part_of_an_answer_comes_for_ever(first: bytes, again: bytes, serve: Server) -> None:
    address = serve(first, again)
    with (
        httpx.Client(timeout=10, transport=BoundedTransport(seconds=SECONDS, limit=10_000)) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.get(address)


@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip, identity, gzip", "br", "zstd", "deflate"])
def test_what_is_packed_in_what_is_packed_is_not_unpacked(encoding: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Accept-Encoding"] == "gzip"
        return httpx.Response(200, headers={"Content-Encoding": encoding}, stream=httpx.ByteStream(b"x"))

    transport = BoundedTransport(httpx.MockTransport(answer), seconds=10, limit=10_000)
    with httpx.Client(transport=transport) as client, pytest.raises(BadInput, match="is compressed"):
        client.get("https://charts.example.com/index.yaml")


def test_what_is_packed_once_is_read() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        packed = gzip.compress(b"entries: {}")
        return httpx.Response(200, headers={"Content-Encoding": "GZIP"}, stream=httpx.ByteStream(packed))

    transport = BoundedTransport(httpx.MockTransport(answer), seconds=10, limit=10_000)
    with httpx.Client(transport=transport) as client:
        assert client.get("https://charts.example.com/index.yaml").content == b"entries: {}"

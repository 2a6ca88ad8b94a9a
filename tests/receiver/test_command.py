"""`headway receiver`: what it says before it listens, and how it fetches a certificate."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import uvicorn
from uvicorn.server import ServerState

from headway.cli import main, receiver
from headway.cli.receiver import certificate
from headway.errors import Unreachable
from headway.receiver.settings import secrets_in
from tests.receiver.hearing import Hearing
from tests.receiver.test_sns import pem

ANSWERS = {"/good.pem": (200, pem()), "/gone.pem": (404, b"no"), "/long.pem": (200, b"x" * 200_000)}


@pytest.fixture
def address() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/moved.pem":
                self.send_response(302)
                self.send_header("Location", "/good.pem")
                self.end_headers()
                return
            code, body = ANSWERS[self.path]
            self.send_response(code)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_certificate_is_a_small_file(address: str) -> None:
    assert certificate(f"{address}/good.pem") == pem()


@pytest.mark.parametrize("path", ["/gone.pem", "/long.pem", "/moved.pem"])
def test_nothing_else_is_one(path: str, address: str) -> None:
    with pytest.raises(Unreachable, match="and no certificate"):
        certificate(f"{address}{path}")


def test_nobody_there() -> None:
    with pytest.raises(Unreachable, match="no answer"):
        certificate("http://127.0.0.1:9/x.pem")


def test_a_new_secret_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["receiver", "--new-secret"]) == 0
    printed = capsys.readouterr().out
    assert len(secrets_in(printed, "new")[0]) == 43


def test_what_is_wrong_is_told_before_it_listens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["receiver"]) == 2
    assert "Missing option '--config'" in capsys.readouterr().err
    config = Hearing(tmp_path).folder / "receiver.yaml"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["receiver", "--config", str(config), "--port", port]) == 1
    assert f"127.0.0.1 port {port}: it cannot listen there" in capsys.readouterr().err
    (tmp_path / "ci.secrets").write_text("short\n")
    assert main(["receiver", "--config", str(config)]) == 1
    assert "ci.secrets:1: a secret is 16 to 500 visible" in capsys.readouterr().err


@asynccontextmanager
async def connected(folder: Path) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    config = uvicorn.Config(Hearing(folder).served(), timeout_keep_alive=3600)
    config.load()
    state = ServerState()
    served = await asyncio.get_running_loop().create_server(
        lambda: receiver.Impatient(config, state, {}), "127.0.0.1", 0
    )
    async with served, asyncio.timeout(5):
        reader, writer = await asyncio.open_connection(*served.sockets[0].getsockname())
        yield reader, writer
        writer.close()


HEAD = b"POST /healthz HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        pytest.param(b"", b"", id="nothing"),
        pytest.param(HEAD, b"", id="half a head"),
        pytest.param(HEAD + b"Content-Length: 2\r\n\r\nx", b"HTTP/1.1 405", id="half a body"),
        pytest.param(HEAD + b"\r\n" + HEAD, b"HTTP/1.1 405", id="half of a second head"),
    ],
)
def test_a_connection_that_asks_nothing_ends(
    said: bytes, answered: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "_SECONDS_TO_ASK", dict.fromkeys(receiver._SECONDS_TO_ASK, 0.1))

    async def ask() -> bytes:
        async with connected(tmp_path) as (reader, writer):
            writer.write(said)
            heard = b""
            try:
                heard += await reader.readuntil(b"405") if answered else b""
                await reader.read()
            except ConnectionResetError:
                pass
            return heard

    assert asyncio.run(ask()) == answered


def test_one_that_asks_twice_is_answered_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver, "_SECONDS_TO_ASK", dict.fromkeys(receiver._SECONDS_TO_ASK, 1.0))

    async def ask() -> list[bytes]:
        async with connected(tmp_path) as (reader, writer):
            for part in (
                b"GET /healthz HTTP/1.1\r\nHost",
                b": x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
            ):
                writer.write(part)
                await asyncio.sleep(0)
            return [(await reader.readuntil(b"ok\n"))[:12] for _ in range(2)]

    assert asyncio.run(ask()) == [b"HTTP/1.1 200"] * 2

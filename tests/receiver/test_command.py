"""`headway receiver`: what it says before it listens, and how it fetches a certificate."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from headway.cli import main
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

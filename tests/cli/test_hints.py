"""`headway hint` to a Prefect server: a slip in the application's name is told where that may be known."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_CSRF_SUPPORT_ENABLED, temporary_settings

from headway.cli import hints, main
from headway.model.events import Event, ImagePushed

DIGEST = f"sha256:{'0' * 64}"


class Server(ThreadingHTTPServer):
    blocks: int | list[str]
    """Names of applications, or the status of a refusal."""
    heard: list[Any]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if not self.path.endswith("/block_documents/filter"):
            self.server.heard += said
            return self._say(200, {})
        if isinstance(self.server.blocks, int):
            return self._say(self.server.blocks, {"detail": "no"})
        names = self.server.blocks if said["block_types"]["slug"]["any_"] == ["headway-application"] else []
        ids = dict.fromkeys(("block_schema_id", "block_type_id"), str(uuid4()))
        return self._say(200, [{"name": each, "data": {}, **ids} for each in names])

    def _say(self, status: int, what: object) -> None:
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as found:
        found.heard = []
        threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        url = f"http://127.0.0.1:{found.server_port}/api"
        with temporary_settings({PREFECT_API_URL: url, PREFECT_CLIENT_CSRF_SUPPORT_ENABLED: False}):
            yield found
        found.shutdown()


@pytest.mark.parametrize(
    ("blocks", "code", "said"),
    [
        pytest.param(["shop"], 0, "", id="registered"),
        pytest.param(["shopp"], 1, "no application 'shop' is registered; did you mean shopp?", id="a slip"),
        pytest.param([], 1, "Known: none. Register it with: headway add URL", id="nothing is registered"),
        pytest.param(403, 0, "", id="CI may read no blocks"),
    ],
)
def test_whom_a_hint_is_for(
    blocks: int | list[str], code: int, said: str, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.blocks = blocks
    assert main(["hint", "image", "r.example.com/cart", "1", "--application", "shop"]) == code
    assert said in capsys.readouterr().err
    resources = [each["resource"]["prefect.resource.id"] for each in server.heard]
    assert resources == ["headway.application.shop"] * (code == 0)


@pytest.mark.parametrize(
    ("image", "code", "said"),
    [
        pytest.param(["r.example.com/cart:1"], 0, ("r.example.com/cart", "1"), id="as it is pasted"),
        pytest.param(["r.example.com:5000/cart:1"], 0, ("r.example.com:5000/cart", "1"), id="with a port"),
        pytest.param([f"r.example.com/cart:1@{DIGEST}"], 0, ("r.example.com/cart", "1"), id="and a digest"),
        pytest.param(
            [f"r.example.com/cart@{DIGEST}"], 0, ("r.example.com/cart", DIGEST), id="a digest alone"
        ),
        pytest.param(["r.example.com/cart", "1"], 0, ("r.example.com/cart", "1"), id="in two words"),
        pytest.param(["r.example.com:5000/cart"], 2, None, id="a port and no tag"),
        pytest.param(["cart"], 2, None, id="no tag"),
        pytest.param([], 2, None, id="nothing"),
        pytest.param(["cart", "1", "2"], 2, None, id="three words"),
    ],
)
def test_how_an_image_is_named(
    image: list[str], code: int, said: tuple[str, str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Event] = []
    monkeypatch.setattr(hints, "send", lambda event: sent.append(event) or True)
    assert main(["hint", "image", *image, "--application", "shop"]) == code
    assert sent == ([ImagePushed("shop", *said)] if said else [])

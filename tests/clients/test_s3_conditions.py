"""An S3 that takes no notice of conditions is refused before anything is published there."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from headway.clients import side_by_side
from headway.clients.chart_repository import WritableChartRepository, open_writable_repository
from headway.clients.chart_repository.s3_store import client
from headway.decide.release import together
from headway.errors import BadInput
from headway.model.credentials import RepositoryCredentials, S3Credentials
from tests.clients.chart_repository_contract import NOW
from tests.clients.packages import package

KNOWS_ALL = ("If-Match", "If-None-Match")


class SmallS3(http.server.ThreadingHTTPServer):
    """Knows `conditions` of a write, and answers `unknown` to the others, or takes no notice of them."""

    def __init__(self, conditions: tuple[str, ...], unknown: int) -> None:
        self.conditions, self.unknown = conditions, unknown
        self.files: dict[str, bytes] = {}
        self.refused: list[str] = []
        super().__init__(("127.0.0.1", 0), _Answering)

    def status(self, name: str, asked: dict[str, str]) -> int:
        if any(each not in self.conditions for each in asked) and self.unknown:
            return self.unknown
        if "If-Match" in self.conditions and "If-Match" in asked:
            return 200 if name in self.files and asked["If-Match"] == '"tag"' else 412
        if "If-None-Match" in self.conditions and "If-None-Match" in asked:
            return 412 if name in self.files else 200
        return 200


class _Answering(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SmallS3

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name = self.path.rpartition("/")[2]
        asked = {each: self.headers[each] for each in KNOWS_ALL if self.headers[each]}
        status = self.server.status(name, asked)
        if status == 200:
            self.server.files[name] = body
        else:
            self.server.refused.append(name)
        code = {412: "PreconditionFailed", 501: "NotImplemented"}.get(status, "")
        self._answer(status, b"" if status == 200 else f"<Error><Code>{code}</Code></Error>".encode())

    def do_GET(self) -> None:
        data = self.server.files.get(self.path.rpartition("/")[2].partition("?")[0])
        missing = b"<Error><Code>NoSuchKey</Code></Error>"
        listing = b"<ListBucketResult></ListBucketResult>"
        if "list-type" in self.path:
            self._answer(200, listing)
        else:
            self._answer(404 if data is None else 200, missing if data is None else data)

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("ETag", '"tag"')
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def small_s3(request: pytest.FixtureRequest) -> Iterator[SmallS3]:
    conditions, unknown = request.param
    with SmallS3(conditions, unknown) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("small_s3", "sentence", "left"),
    [
        pytest.param(((), 0), "takes no notice of If-Match", {".headway-doctor"}, id="none, silently"),
        pytest.param(((), 501), "it knows no conditional writes", set(), id="none, and says so"),
        pytest.param(
            (("If-None-Match",), 0),
            "takes no notice of If-Match",
            {".headway-doctor"},
            id="If-None-Match alone",
        ),
        pytest.param(
            (("If-Match",), 0), "takes no notice of If-None-Match", {"web-1.0.0.tgz"}, id="If-Match alone"
        ),
    ],
    indirect=["small_s3"],
)
def test_an_s3_without_conditional_writes_is_refused(
    small_s3: SmallS3, sentence: str, left: set[str]
) -> None:
    """Each process finds it out anew: what it wrote by it changes nothing."""
    with pytest.raises(BadInput, match=rf"{sentence}.*knows If-Match and If-None-Match"):
        _open(small_s3).publish(package(), created=NOW)
    with pytest.raises(BadInput, match=sentence):
        _open(small_s3).publish(package(), created=NOW)
    assert set(small_s3.files) == left, "nothing is offered"


@pytest.mark.parametrize("small_s3", [(KNOWS_ALL, 0)], indirect=True)
def test_it_is_asked_once_for_a_process_and_leaves_nothing(small_s3: SmallS3) -> None:
    for version in ("1.0.0", "1.1.0"):
        _open(small_s3).publish(package(version=version), created=NOW)
    assert set(small_s3.files) == {"web-1.0.0.tgz", "web-1.1.0.tgz", "index.yaml"}
    assert small_s3.refused == [".headway-doctor", "web-1.0.0.tgz"]
    _open(small_s3).check_write()
    assert small_s3.refused[2:] == [".headway-doctor"], "whoever asks for it is told anew"


def _open(server: SmallS3) -> WritableChartRepository:
    s3 = S3Credentials(f"http://127.0.0.1:{server.server_port}", "key", "secret")
    return open_writable_repository("s3://charts/shop", RepositoryCredentials(s3=s3))


def test_each_environment_of_a_run_keeps_a_connection(caplog: pytest.LogCaptureFixture) -> None:
    all_ask = threading.Barrier(together.AT_MOST)

    class Waiting(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            all_ask.wait(20)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Waiting)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    s3 = client(S3Credentials(f"http://127.0.0.1:{server.server_port}", "key", "secret"))
    try:
        side_by_side.each(
            lambda number: s3.get_object(Bucket="charts", Key=str(number))["Body"].read(),
            range(together.AT_MOST),
            together.AT_MOST,
        )
    finally:
        server.shutdown()
        server.server_close()
    assert "Connection pool is full" not in caplog.text

"""What S3s say where they let nobody in, in words of their own, becomes a sentence that says what to do."""

import http.server
import threading
from collections.abc import Callable, Iterator

import pytest

from headway.clients.chart_repository import open_repository
from headway.errors import BadInput, Terminal, Unreachable
from headway.model.credentials import RepositoryCredentials, S3Credentials


@pytest.fixture
def answering() -> Iterator[Callable[[int, str], S3Credentials]]:
    """An S3 that answers everything with that status and code."""
    servers = []

    def start(status: int, code: str) -> S3Credentials:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = f"<Error><Code>{code}</Code><Message>told why</Message></Error>".encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return S3Credentials(f"http://127.0.0.1:{server.server_port}", "key", "secret")

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        pytest.param(404, "NoSuchBucket", "there is no such bucket", id="no bucket"),
        pytest.param(403, "AccessDenied", "access was refused", id="no right"),
        pytest.param(403, "SignatureDoesNotMatch", "the secret key is wrong", id="wrong secret"),
        pytest.param(403, "InvalidAccessKeyId", "the access key is unknown", id="unknown key"),
        pytest.param(404, "XAdminUserNotFound", "the access key is unknown", id="unknown key, versitygw"),
        pytest.param(403, "AllAccessDisabled", "access was refused .*told why", id="by a word of its own"),
    ],
)
def test_who_is_not_let_in_is_told_to_change_something(
    status: int, code: str, sentence: str, answering: Callable[[int, str], S3Credentials]
) -> None:
    with pytest.raises(BadInput, match=sentence) as refused:
        _entries(answering(status, code))
    assert isinstance(refused.value, Terminal)


def test_a_clock_that_is_wrong_is_no_ones_credentials(
    answering: Callable[[int, str], S3Credentials],
) -> None:
    with pytest.raises(Unreachable, match=r"RequestTimeTooSkewed.*It is tried again"):
        _entries(answering(403, "RequestTimeTooSkewed"))


def _entries(s3: S3Credentials) -> None:
    open_repository("s3://charts/shop", RepositoryCredentials(s3=s3)).entries("web")

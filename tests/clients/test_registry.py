"""Images in the sandbox's registry, and registries that want tokens or do not answer."""

import base64
import http.server
import json
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from headway.clients.registry import Registry
from headway.errors import BadInput, Unreachable
from headway.formats import image_reference
from headway.model.credentials import RegistryCredentials
from sandbox.address import Address
from tests.clients.conftest import free_port

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LABELS = {"org.opencontainers.image.revision": COMMIT, "maintainer": "Tester"}


@pytest.fixture(scope="module")
def repository(sandbox: Address) -> str:
    """A repository with tags main-0123456 (labelled) and bare."""
    name = f"{sandbox.registry}/headway-test/{uuid.uuid4().hex[:8]}"
    crane = str(sandbox.bin / "crane")
    empty = ["append", "--oci-empty-base", "--insecure", "--new_layer", "/dev/null"]
    labels = [word for key, value in LABELS.items() for word in ("--label", f"{key}={value}")]
    subprocess.run([crane, *empty, "--new_tag", f"{name}:bare"], check=True, capture_output=True)
    mutate = [crane, "mutate", "--insecure", f"{name}:bare", *labels, "--tag", f"{name}:main-0123456"]
    subprocess.run(mutate, check=True, capture_output=True)
    return name


@pytest.mark.sandbox
def test_tags_and_labels_of_a_real_registry(repository: str, sandbox: Address) -> None:
    registry = Registry()
    assert sorted(registry.tags(repository)) == ["bare", "main-0123456"]
    image, bare = registry.image(repository, "main-0123456"), registry.image(repository, "bare")
    assert (image.revision, image.reference) == (COMMIT, f"{repository}:main-0123456")
    crane = [str(sandbox.bin / "crane"), "digest", "--insecure", image.reference]
    assert image.digest == subprocess.run(crane, check=True, capture_output=True, text=True).stdout.strip()
    assert bare.revision == ""
    assert registry.digest(repository, "bare") == bare.digest
    assert registry.digest(repository, image.digest) == image.digest
    assert registry.digest(repository, "none") is None


@pytest.mark.sandbox
def test_what_is_not_there_is_bad_input(repository: str, sandbox: Address) -> None:
    with pytest.raises(BadInput, match=f"{repository}:none: the tag is not in the registry"):
        Registry().image(repository, "none")
    with pytest.raises(BadInput, match="no such repository"):
        Registry().tags(f"{sandbox.registry}/headway-test/none")
    with pytest.raises(BadInput, match="not a tag"):
        Registry().image(repository, "../blobs")


def test_a_registry_that_does_not_answer_is_given_up_in_seconds() -> None:
    started = time.monotonic()
    with pytest.raises(Unreachable, match="does not answer"):
        Registry().tags(f"127.0.0.1:{free_port()}/shop/web")
    assert time.monotonic() - started < 8


class Guarded(http.server.BaseHTTPRequestHandler):
    """A registry that wants a token, gives tags in pages, and has bad days."""

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        port = self.server.server_address[1]
        basic = "Basic " + base64.b64encode(b"user:pass").decode()
        if parts.path == "/token":
            scope = query.get("scope", [""])[0]
            good = self.headers["Authorization"] == basic and scope == "repository:shop/web:pull"
            self._answer(200 if good else 401, {"token": "let-me-in"})
        elif "busy" in parts.path or "broken" in parts.path:
            self._answer(429 if "busy" in parts.path else 503, {})
        elif self.headers["Authorization"] != "Bearer let-me-in":
            realm = f'Bearer realm="http://127.0.0.1:{port}/token",service="test"'
            self._answer(401, {}, {"WWW-Authenticate": realm})
        elif "last" in query:
            self._answer(200, {"tags": ["c"]})
        else:
            link = '</v2/shop/web/tags/list?n=2&last=b>; rel="next"'
            self._answer(200, {"tags": ["a", "b"]}, {"Link": link})

    def _answer(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for key, value in {**(headers or {}), "Content-Length": str(len(data))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def guarded() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Guarded)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_token_is_fetched_and_pages_are_followed(guarded: str) -> None:
    assert Registry(RegistryCredentials("user", "pass")).tags(f"{guarded}/shop/web") == ["a", "b", "c"]
    assert Registry(RegistryCredentials("user", "pass", guarded)).tags(f"{guarded}/shop/web") == [
        "a",
        "b",
        "c",
    ]


@pytest.mark.parametrize(
    "credentials",
    [
        None,
        RegistryCredentials("user", "wrong"),
        RegistryCredentials("user", "pass", "elsewhere.example.com"),
    ],
    ids=["none", "wrong", "for another registry"],
)
def test_refused_access_is_bad_input(credentials: RegistryCredentials | None, guarded: str) -> None:
    with pytest.raises(BadInput, match=r"refuses access.*credentials"):
        Registry(credentials).tags(f"{guarded}/shop/web")


@pytest.mark.parametrize(("name", "status"), [("busy", "429"), ("broken", "503")])
def test_a_bad_day_is_retryable(name: str, status: str, guarded: str) -> None:
    with pytest.raises(Unreachable, match=status):
        Registry().tags(f"{guarded}/{name}")


@pytest.mark.parametrize(
    ("name", "host", "path"),
    [
        ("registry.example.com/shop/web", "registry.example.com", "shop/web"),
        ("127.0.0.1:5000/web", "127.0.0.1:5000", "web"),
        ("localhost/web", "localhost", "web"),
        ("shop/web", "registry-1.docker.io", "shop/web"),
        ("nginx", "registry-1.docker.io", "library/nginx"),
        ("docker.io/shop/web", "registry-1.docker.io", "shop/web"),
    ],
)
def test_where_an_image_lies(name: str, host: str, path: str) -> None:
    assert image_reference.locate(name) == image_reference.Location(host, path)


@pytest.mark.parametrize(
    "name", ["", "-x/y", "example.com/web:1", "web:1", "example.com/web@sha256:0", "a b"]
)
def test_what_names_no_repository(name: str) -> None:
    with pytest.raises(BadInput):
        image_reference.locate(name)


def test_the_first_real_platform_is_taken() -> None:
    attestation = {"digest": "sha256:a", "platform": {"os": "unknown", "architecture": "unknown"}}
    image = {"digest": "sha256:b", "platform": {"os": "linux", "architecture": "arm64"}}
    assert image_reference.first_platform([attestation, image]) == "sha256:b"

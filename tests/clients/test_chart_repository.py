"""What every kind of chart repository promises: what is offered is read back, nothing is lost, nothing overwritten."""

import base64
import http.server
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pytest

from headway.clients.chart_repository import (
    fetch,
    kinds,
    oci_repository,
    open_repository,
    open_writable_repository,
    opening,
)
from headway.clients.chart_repository.publishing import StoredRepository
from headway.clients.kept_packages import KeptPackages
from headway.errors import BadInput, Refused, Terminal, Unreachable
from headway.model.charts import ChartEntry
from headway.model.credentials import HttpCredentials, RepositoryCredentials, S3Credentials
from sandbox.address import Address
from tests.clients.chart_repository_contract import (
    NOW,
    Offering,
    OfferingContract,
    Open,
    S3Contract,
    WritableContract,
    publish,
)
from tests.clients.conftest import free_port
from tests.clients.memory_oci import HOST, MemoryOci
from tests.clients.packages import package

LOGIN = ("ada", "pass:word")


@pytest.fixture
def registry_path(sandbox: Address, monkeypatch: pytest.MonkeyPatch) -> str:
    """Host and path in the sandbox's registry below which nothing is yet. Few of the tests publish the same at once."""
    monkeypatch.setattr(oci_repository, "SETTLED", 0.02)
    return f"{sandbox.registry}/headway-test/{uuid.uuid4().hex[:12]}"


@pytest.fixture(
    params=[
        "directory",
        "oci in memory",
        pytest.param("s3", marks=pytest.mark.sandbox),
        pytest.param("oci", marks=pytest.mark.sandbox),
    ],
)
def open_again(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the same, at first empty, repository as another process would."""
    if request.param == "directory":
        (tmp_path / "charts").mkdir()
        return lambda: open_writable_repository(f"file://{tmp_path}/charts")
    if request.param == "oci in memory":
        transport = httpx.MockTransport(MemoryOci().answer)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setattr(httpx, "HTTPTransport", lambda **_: transport)
        monkeypatch.setattr(oci_repository, "SETTLED", 0.02)
        return lambda: open_writable_repository(f"oci://{HOST}/charts")
    if request.param == "oci":
        url = f"oci://{request.getfixturevalue('registry_path')}"
        return lambda: open_writable_repository(url)
    bucket, s3 = request.getfixturevalue("bucket"), request.getfixturevalue("s3")
    return lambda: open_writable_repository(f"s3://{bucket}/some/prefix", RepositoryCredentials(s3=s3))


@pytest.fixture(
    params=[
        "directory",
        "http",
        "http with a password",
        pytest.param("s3", marks=pytest.mark.sandbox),
        pytest.param("oci", marks=pytest.mark.sandbox),
    ],
)
def offering(request: pytest.FixtureRequest) -> Offering:
    """How packages get into a repository of each kind, at first empty, and the repository as anybody opens it to read."""
    if request.param == "s3":
        bucket, s3 = request.getfixturevalue("bucket"), request.getfixturevalue("s3")
        url, credentials = f"s3://{bucket}/some/prefix", RepositoryCredentials(s3=s3)
        written = open_writable_repository(url, credentials)
        return lambda each: publish(written, each), open_repository(url, credentials)
    if request.param == "oci":
        url = f"oci://{request.getfixturevalue('registry_path')}"
        in_registry = open_writable_repository(url)
        return lambda each: publish(in_registry, each), open_repository(url)
    with_password = request.param == "http with a password"
    folder, url = request.getfixturevalue("guarded" if with_password else "served")
    written = open_writable_repository(f"file://{folder}")
    (folder / "index.yaml").write_text("apiVersion: v1\nentries: {}\n")
    address = f"file://{folder}" if request.param == "directory" else url
    login = (
        RepositoryCredentials(http=HttpCredentials(url, *LOGIN)) if with_password else RepositoryCredentials()
    )
    return lambda each: publish(written, each), open_repository(address, login)


class TestOffering(OfferingContract):
    pass


class TestWritable(WritableContract):
    pass


@pytest.mark.sandbox
class TestS3(S3Contract):
    pass


def test_what_is_read_over_http_tells_no_names(served: tuple[Path, str]) -> None:
    repository = open_repository(served[1])
    assert (repository.documents("releases/a/b/c/"), repository.document("releases/a/b/c/1.json")) == (
        None,
        None,
    )


@pytest.mark.parametrize("address", ["s3://bucket", "http"], ids=["s3", "http"])
def test_a_repository_that_does_not_answer_is_given_up_in_seconds(address: str) -> None:
    port = free_port()
    credentials = RepositoryCredentials(s3=S3Credentials(f"http://127.0.0.1:{port}", "a", "b"))
    url = address if address != "http" else f"http://127.0.0.1:{port}/charts"
    started = time.monotonic()
    with pytest.raises(Unreachable, match="does not answer"):
        open_repository(url, credentials).entries("web")
    assert time.monotonic() - started < 8


@pytest.mark.parametrize(
    "url", ["oci://charts", "oci://", "oci://a.example.com/Ä", "ftp://x", "charts", "s3://", "file://host/x"]
)
def test_other_addresses_are_terminal(url: str) -> None:
    for opened in (open_repository, open_writable_repository):
        with pytest.raises(Terminal):
            opened(url)


def test_what_is_only_read_cannot_be_opened_for_writing() -> None:
    with pytest.raises(
        BadInput,
        match=r"https://x/charts: .*only be read.*file:///folder, oci://registry.example.com/charts or s3://bucket/prefix",
    ):
        open_writable_repository("https://x/charts")


KIND_IN_ONE_FILE = """
from headway.clients.chart_repository.kind import ReadableKind
from headway.clients.kept_packages import KeptPackages
from headway.errors import BadInput


class Nothing:
    def __init__(self, url):
        self.url = url

    def entries(self, name):
        return []

    def read(self, entry):
        raise BadInput("there is nothing", where=self.url)


KIND = ReadableKind(("nothing",), "nothing://", lambda url, _: Nothing(url))
"""


def test_a_kind_of_repository_is_added_by_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nothing.py").write_text(KIND_IN_ONE_FILE)
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    opening._by_scheme.cache_clear()
    try:
        assert open_repository("nothing://here").entries("web") == []
        with pytest.raises(BadInput, match="only be read"):
            open_writable_repository("nothing://here")
        assert isinstance(open_repository(f"file://{tmp_path}"), StoredRepository), (
            "the others are there still"
        )
    finally:
        opening._by_scheme.cache_clear()


def test_a_folder_that_is_missing_is_bad_input(tmp_path: Path) -> None:
    missing = open_repository(f"file://{tmp_path}/missing")
    with pytest.raises(BadInput, match="no such folder"):
        missing.entries("shop")
    with pytest.raises(BadInput, match="no such folder"):
        open_writable_repository(f"file://{tmp_path}/none").publish(package(), created=NOW)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and its address on a real web server."""
    with _served(tmp_path / "served", _Quiet) as found:
        yield found


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """The same on one that wants LOGIN."""
    with _served(tmp_path / "guarded", _Guarded) as found:
        yield found


@contextmanager
def _served(folder: Path, handler: type[http.server.SimpleHTTPRequestHandler]) -> Iterator[tuple[Path, str]]:
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class _Guarded(_Quiet):
    def do_GET(self) -> None:
        if self.headers["Authorization"] == "Basic " + base64.b64encode(":".join(LOGIN).encode()).decode():
            super().do_GET()
        else:
            self.send_error(401)


@pytest.mark.parametrize("form", ["json", "yaml, relative", "yaml, absolute"])
def test_http_fetches_one_exact_version(form: str, served: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = served
    one = package()
    if form == "json":
        open_writable_repository(f"file://{folder}").publish(one, created=NOW)
    else:
        (folder / "packages").mkdir()
        (folder / "packages/web.tgz").write_bytes(one.data)
        address = "packages/web.tgz" if form.endswith("relative") else f"{url}/packages/web.tgz"
        digest = one.digest.removeprefix("sha256:")
        (folder / "index.yaml").write_text(
            "apiVersion: v1\nentries:\n  web:\n"
            f"  - {{version: 1.0.0, digest: {digest}, urls: ['{address}']}}\n"
        )
    repository = open_repository(url)
    (entry,) = repository.entries("web")
    assert repository.read(entry) == one.data
    with pytest.raises(BadInput, match=r"does not offer web 2\.0\.0\. It offers 1\.0\.0"):
        fetch(url, "web", "2.0.0", kept=KeptPackages(tmp_path / "kept"))
    assert fetch(url, "web", "1.0.0", kept=KeptPackages(tmp_path / "kept")) == one.data
    for file in folder.rglob("*.tgz"):
        file.write_bytes(b"changed behind our back")
    assert fetch(url, "web", "1.0.0", kept=KeptPackages(tmp_path / "kept")) == one.data, "fetched once"
    with pytest.raises(Refused, match="the index says"):
        repository.read(entry)


def test_http_without_an_index_is_bad_input(served: tuple[Path, str]) -> None:
    with pytest.raises(BadInput, match="answered 404"):
        open_repository(served[1]).entries("web")


@pytest.mark.parametrize(
    ("location", "sentence"),
    [
        pytest.param("http://charts.example.com/index.yaml", "leads from https to http://charts", id="http"),
        pytest.param("//mirror.example.com/index.yaml", "", id="another host by https"),
        pytest.param("https://charts.example.com:port/", "what is no address", id="no port"),
        pytest.param("https://[::g]/", "what is no address", id="no host"),
        pytest.param("https://xn--/", "what is no address", id="no name"),
    ],
)
def test_http_does_not_follow_from_https_to_http(
    location: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "charts.example.com" and request.url.scheme == "https":
            return httpx.Response(302, headers={"Location": location})
        return httpx.Response(200, text="apiVersion: v1\nentries: {}\n")

    monkeypatch.setattr(httpx, "HTTPTransport", lambda **_: httpx.MockTransport(answer))
    repository = open_repository("https://charts.example.com")
    if not sentence:
        assert repository.entries("web") == []
        return
    with pytest.raises(BadInput, match=sentence):
        repository.entries("web")


@pytest.mark.parametrize("url", ["https://[::g]/web.tgz", "//host:port/web.tgz", "https://xn--/web.tgz"])
def test_an_index_that_names_no_address_is_bad_input(url: str) -> None:
    entry = ChartEntry("web", "1.0.0", f"sha256:{'0' * 64}", url, datetime(2026, 11, 23, tzinfo=UTC))
    with pytest.raises(BadInput, match="what is no address"):
        open_repository("https://charts.example.com").read(entry)


@pytest.mark.parametrize("scheme", ["s3", "S3", "file", "FILE"])
def test_what_a_committer_names_is_not_read_with_this_machines_credentials(
    scheme: str, tmp_path: Path
) -> None:
    """Nor are other teams' folders; whatever letters the scheme is written in."""
    address = "somebodys-bucket/charts" if scheme.lower() == "s3" else str(tmp_path)
    with pytest.raises(BadInput, match="not read with Headway's credentials, nor from its folders"):
        fetch(f"{scheme}://{address}", "web", "1.0.0", kept=KeptPackages(tmp_path / "kept"))

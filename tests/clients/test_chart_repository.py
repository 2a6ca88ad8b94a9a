"""What every kind of chart repository promises: what is offered is read back, nothing is lost, nothing overwritten."""

import base64
import http.server
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pytest

from headway.clients.chart_repository import (
    AlreadyThere,
    Published,
    ReadableChartRepository,
    Stored,
    WritableChartRepository,
    exact,
    fetch,
    http_repository,
    kinds,
    oci_repository,
    open_repository,
    open_writable_repository,
    opening,
    publishing,
    s3_store,
)
from headway.clients.chart_repository.oci_repository import PINS, OciRepository
from headway.clients.chart_repository.protocol import DOCUMENT_LIMIT
from headway.clients.chart_repository.publishing import StoredRepository
from headway.clients.chart_repository.s3_store import client
from headway.clients.kept_packages import KeptPackages
from headway.errors import BadInput, Refused, Terminal, Unreachable
from headway.formats import pinned_charts
from headway.model.charts import ChartEntry, Package
from headway.model.credentials import HttpCredentials, RepositoryCredentials, S3Credentials
from sandbox.address import Address
from tests.clients.conftest import free_port
from tests.clients.memory_oci import HOST, MemoryOci
from tests.clients.packages import package
from tests.clients.s3_proxy import Proxy

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
LOGIN = ("ada", "pass:word")
Open = Callable[[], WritableChartRepository]
Write = Callable[[Package], None]


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
def offering(request: pytest.FixtureRequest) -> tuple[Write, ReadableChartRepository]:
    """How packages get into a repository of each kind, at first empty, and the repository as anybody opens it to read."""
    if request.param == "s3":
        bucket, s3 = request.getfixturevalue("bucket"), request.getfixturevalue("s3")
        url, credentials = f"s3://{bucket}/some/prefix", RepositoryCredentials(s3=s3)
        written = open_writable_repository(url, credentials)
        return lambda each: _publish(written, each), open_repository(url, credentials)
    if request.param == "oci":
        url = f"oci://{request.getfixturevalue('registry_path')}"
        in_registry = open_writable_repository(url)
        return lambda each: _publish(in_registry, each), open_repository(url)
    with_password = request.param == "http with a password"
    folder, url = request.getfixturevalue("guarded" if with_password else "served")
    written = open_writable_repository(f"file://{folder}")
    (folder / "index.yaml").write_text("apiVersion: v1\nentries: {}\n")
    address = f"file://{folder}" if request.param == "directory" else url
    login = (
        RepositoryCredentials(http=HttpCredentials(url, *LOGIN)) if with_password else RepositoryCredentials()
    )
    return lambda each: _publish(written, each), open_repository(address, login)


def _publish(repository: WritableChartRepository, chart: Package) -> None:
    repository.publish(chart, created=NOW)


Offering = tuple[Write, ReadableChartRepository]


def test_what_is_offered_is_read_back_newest_first(offering: Offering) -> None:
    write, repository = offering
    assert repository.entries("web") == []
    for version in ("1.0.0", "1.1.0-rc.1+b", "1.1.0"):
        write(package(version=version, commit="abc"))
    entries = repository.entries("web")
    assert [entry.version for entry in entries] == ["1.1.0", "1.1.0-rc.1+b", "1.0.0"]
    assert [repository.read(entry) for entry in entries] == [
        package(version=entry.version, commit="abc").data for entry in entries
    ]
    assert {(entry.name, entry.commit, entry.created) for entry in entries} == {("web", "abc", NOW)}
    assert repository.entries("other") == []


def test_one_version_is_told_of_without_the_others(offering: Offering) -> None:
    write, repository = offering
    assert (repository.versions("web"), repository.entry("web", "1.0.0")) == ([], None)
    for version in ("1.0.0", "1.1.0+b.1", "1.1.0-rc.1"):
        write(package(version=version))
    assert repository.versions("web") == ["1.1.0+b.1", "1.1.0-rc.1", "1.0.0"]
    for entry in repository.entries("web"):
        assert repository.entry("web", entry.version) == entry
    assert repository.entry("web", "2.0.0") is None


def test_an_exact_version_is_found_or_what_there_is_is_said(offering: Offering) -> None:
    write, repository = offering
    with pytest.raises(BadInput, match=r"does not offer web 2\.0\.0\. It knows no chart of that name"):
        exact(repository, "web", "2.0.0")
    write(package())
    assert exact(repository, "web", "1.0.0").digest == package().digest
    with pytest.raises(BadInput, match=r"does not offer web 2\.0\.0\. It offers 1\.0\.0"):
        exact(repository, "web", "2.0.0")
    with pytest.raises(BadInput, match=r"does not offer web 2\.0\.0\. Wait"):
        exact(repository, "web", "2.0.0", next_step="Wait.")


def test_bytes_that_the_index_does_not_name_are_not_given_out(offering: Offering) -> None:
    write, repository = offering
    write(package())
    (entry,) = repository.entries("web")
    with pytest.raises(Refused, match="the index says sha256:0000"):
        repository.read(replace(entry, digest="sha256:" + "0" * 64))
    with pytest.raises(BadInput, match=r"gone-1\.tgz"):
        repository.read(replace(entry, url="gone-1.tgz"))


def test_what_is_larger_than_a_package_or_an_index_is_not_read(
    offering: Offering, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, repository = offering
    write(package())
    (entry,) = repository.entries("web")
    for module in (publishing, http_repository, oci_repository):
        monkeypatch.setattr(module, "PACKAGE_LIMIT", 20)
    with pytest.raises(BadInput, match=r"web[-:]1\.0\.0(\.tgz)?: it is larger than 20 bytes"):
        repository.read(entry)
    if repository.url.startswith("oci://"):
        return
    write(package(version="1.1.0"))
    for module in (publishing, http_repository):
        monkeypatch.setattr(module, "INDEX_LIMIT", 20)
    with pytest.raises(BadInput, match=r"index\.yaml: it is larger than 20 bytes"):
        repository.entries("web")


def test_documents_lie_beside_the_packages(open_again: Open) -> None:
    folder = "releases/shop/testing/shop/"
    open_again().publish(package(), created=NOW)
    assert open_again().documents(folder) == []
    assert open_again().keep(f"{folder}2.json", b"two")
    assert open_again().keep(f"{folder}1.json", b"one")
    assert not open_again().keep(f"{folder}1.json", b"other"), "what is kept is never changed"
    assert open_again().keep("releases/shop/production/shop/1.json", b"elsewhere")
    assert sorted(open_again().documents(folder) or ()) == [f"{folder}1.json", f"{folder}2.json"]
    assert open_again().document(f"{folder}1.json") == b"one"
    assert open_again().document(f"{folder}3.json") is None
    assert open_again().uploaded_versions("web") == {"1.0.0"}
    assert [entry.version for entry in open_again().entries("web")] == ["1.0.0"]
    open_again().keep(f"{folder}large.json", b"x" * (DOCUMENT_LIMIT + 1))
    with pytest.raises(BadInput, match="larger than"):
        open_again().document(f"{folder}large.json")


def test_third_parties_charts_are_known_again_by_their_content(open_again: Open) -> None:
    one, other = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
    address = "https://charts.example.com/redis-1.0.0"
    assert open_again().pinned_charts() == {}
    for version, digest in (("1.0.0", one), ("1.1.0", other)):
        made = package(version=version)
        noted = {"annotations": pinned_charts.annotations({address: digest})}
        open_again().publish(replace(made, metadata={**made.metadata, **noted}), created=NOW)
    assert open_again().pinned_charts() == {address: one}, "what is pinned stays as it is"


@pytest.mark.parametrize("name", ["../1.json", "releases/../../1.json", "/etc/1.json", "index.yaml", "a/.."])
def test_documents_lie_nowhere_else(name: str, open_again: Open) -> None:
    for call in (open_again().document, open_again().documents, lambda each: open_again().keep(each, b"")):
        with pytest.raises(BadInput, match="no file in a folder"):
            call(name)


def test_what_is_read_over_http_tells_no_names(served: tuple[Path, str]) -> None:
    repository = open_repository(served[1])
    assert (repository.documents("releases/a/b/c/"), repository.document("releases/a/b/c/1.json")) == (
        None,
        None,
    )


class Writes:
    """Counts what a repository writes."""

    def __init__(self, repository: WritableChartRepository, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        if isinstance(repository, OciRepository):
            store: object = repository._files
            methods = ("put", "untag")
        else:
            assert isinstance(repository, StoredRepository)
            store, methods = repository._store, ("create", "swap")
        self.one = ["web"] if isinstance(repository, OciRepository) else ["web-1.0.0.tgz", "index.yaml"]
        """What publishing web 1.0.0 writes."""
        for method in methods:
            real = getattr(store, method)
            monkeypatch.setattr(store, method, partial(self._count, real))

    def _count(self, real: Callable[..., object], name: str, *rest: object) -> object:
        done = real(name, *rest)
        self.names += [name] if done else []
        return done


def test_published_is_offered_and_read_back(open_again: Open) -> None:
    assert open_again().entries("web") == []
    outcome = open_again().publish(package(), created=NOW)
    assert isinstance(outcome, Published)
    assert open_again().entries("web") == [outcome.entry]
    assert open_again().read(outcome.entry) == package().data
    assert outcome.entry.created == NOW


def test_a_write_is_asked_for_without_one(open_again: Open) -> None:
    repository = open_again()
    repository.check_write()
    repository.publish(package(), created=NOW)
    repository.check_write()
    if isinstance(repository, OciRepository):
        assert repository._files.tags(PINS) == []
        return
    assert isinstance(repository, StoredRepository)
    assert {each for each in repository._store.names("") if each != ".lock"} == {
        "index.yaml",
        "web-1.0.0.tgz",
    }


def test_publishing_again_writes_nothing(open_again: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = open_again()
    writes = Writes(repository, monkeypatch)
    repository.publish(package(commit="one"), created=NOW)
    assert writes.names == writes.one
    second = open_again()
    writes = Writes(second, monkeypatch)
    for same in (package(commit="one"), package(commit="two")):
        outcome = second.publish(same, created=NOW)
        assert isinstance(outcome, AlreadyThere)
        assert outcome.entry.digest == package(commit="one").digest
    assert writes.names == []


def test_the_same_version_with_other_content_is_never_overwritten(open_again: Open) -> None:
    first = open_again().publish(package(), created=NOW)
    with pytest.raises(Refused, match=r"web 1\.0\.0 is already there with other content"):
        open_again().publish(package(text="other"), created=NOW)
    assert open_again().read(first.entry) == package().data


def test_a_publish_that_died_half_way_is_finished_by_the_next(open_again: Open) -> None:
    half = open_again()
    if isinstance(half, OciRepository):
        half._files.upload("web", package(commit="died").data)
        assert open_again().uploaded_versions("web") == set(), "what no tag names is not seen"
        assert isinstance(open_again().publish(package(text="other"), created=NOW), Published)
        return
    assert isinstance(half, StoredRepository)
    half._store.create("web-1.0.0.tgz", package(commit="died").data, "application/gzip")
    assert open_again().entries("web") == []
    assert open_again().uploaded_versions("web") == {"1.0.0"}
    assert open_again().stored("web", "1.0.0") == Stored(package(commit="died"), withdrawn=False)
    with pytest.raises(Refused):
        open_again().publish(package(text="other"), created=NOW)
    outcome = open_again().publish(package(commit="again"), created=NOW)
    assert outcome.entry.digest == package(commit="died").digest, (
        "the index tells of the bytes that lie there"
    )
    assert open_again().read(outcome.entry) == package(commit="died").data


def test_withdrawn_is_no_longer_offered_but_stays(open_again: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    open_again().publish(package(), created=NOW)
    other = open_again().publish(package(version="1.1.0"), created=NOW).entry
    assert not open_again().withdraw("web", "1.1.0", package().digest)
    assert open_again().withdraw("web", "1.1.0", other.digest)
    assert not open_again().withdraw("web", "1.1.0", other.digest)
    assert [entry.version for entry in open_again().entries("web")] == ["1.0.0"]
    assert open_again().entry("web", "1.1.0") is None
    assert open_again().versions("web") == ["1.0.0"]
    assert open_again().uploaded_versions("web") == {"1.0.0", "1.1.0"}
    assert open_again().read(other) == package(version="1.1.0").data
    assert open_again().stored("web", "1.1.0") == Stored(package(version="1.1.0"), withdrawn=True)
    assert open_again().stored("web", "1.2.0") is None
    repository = open_again()
    writes = Writes(repository, monkeypatch)
    outcome = repository.publish(package(version="1.1.0"), created=NOW)
    assert isinstance(outcome, AlreadyThere)
    assert outcome.withdrawn
    assert writes.names == []
    with pytest.raises(Refused):
        repository.publish(package(version="1.1.0", text="other"), created=NOW)


def test_writers_at_once_lose_nothing(open_again: Open) -> None:
    def write(writer: int) -> None:
        repository = open_again()
        for number in range(6):
            published = repository.publish(package(f"chart{writer}", f"1.{number}.0"), created=NOW)
            if number == 5:
                assert repository.withdraw(f"chart{writer}", "1.5.0", published.entry.digest)

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(write, range(5)))
    final = open_again()
    for writer in range(5):
        versions = [entry.version for entry in final.entries(f"chart{writer}")]
        assert versions == [f"1.{number}.0" for number in reversed(range(5))]


def test_all_who_publish_the_same_agree(open_again: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oci_repository, "SETTLED", 0.7)
    writers = [(open_again(), package(commit=f"c{n}")) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda each: each[0].publish(each[1], created=NOW), writers))
    assert len({outcome.entry.digest for outcome in outcomes}) == 1
    assert len(open_again().entries("web")) == 1


@pytest.mark.parametrize(
    "url", ["../../etc/passwd", "/etc/passwd", "https://elsewhere/x.tgz", "a/../../x", "%2e%2e/x"]
)
def test_the_index_cannot_point_outside(url: str, open_again: Open) -> None:
    entry = open_again().publish(package(), created=NOW).entry
    with pytest.raises(BadInput, match="not one below the repository"):
        open_again().read(replace(entry, url=url))


def test_objects_of_a_chart_with_a_longer_name_are_not_counted(open_again: Open) -> None:
    for name, version in (("shop", "1.0.0"), ("shop-extra", "2.0.0"), ("shop", "1.1.0-rc.1+b")):
        open_again().publish(package(name, version), created=NOW)
    assert open_again().uploaded_versions("shop") == {"1.0.0", "1.1.0-rc.1+b"}
    newest = open_again().entries("shop")[0]
    assert open_again().read(newest) == package("shop", "1.1.0-rc.1+b").data


@pytest.mark.sandbox
@pytest.mark.parametrize("file", ["web-1.0.0.tgz", "index.yaml"])
@pytest.mark.parametrize("trouble", ["lost answer", "409"])
def test_s3_a_write_of_our_own_is_recognised(file: str, trouble: str, s3: S3Credentials, bucket: str) -> None:
    """After a lost answer the SDK repeats the request and is told 412 for what it wrote itself."""
    pending = [trouble]
    proxy = Proxy(
        s3.endpoint_url or "",
        lambda method, path: pending.pop() if method == "PUT" and path.endswith(file) and pending else None,
    )
    threading.Thread(target=proxy.serve_forever, args=(0.01,), daemon=True).start()
    try:
        behind = replace(s3, endpoint_url=f"http://127.0.0.1:{proxy.server_port}")
        outcome = open_writable_repository(f"s3://{bucket}", RepositoryCredentials(s3=behind)).publish(
            package(), created=NOW
        )
    finally:
        proxy.shutdown()
        proxy.server_close()
    assert not pending
    assert isinstance(outcome, Published)
    again = open_repository(f"s3://{bucket}", RepositoryCredentials(s3=s3))
    assert [entry.version for entry in again.entries("web")] == ["1.0.0"]
    assert len(proxy.puts) >= 3, "the request was repeated"


@pytest.mark.sandbox
def test_s3_what_was_just_written_is_not_sent_back(
    s3: S3Credentials, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    read = s3_store.within_limit
    monkeypatch.setattr(
        s3_store, "within_limit", lambda body, name, where: sent.append(name) or read(body, name, where)
    )
    credentials = RepositoryCredentials(s3=s3)
    ours = open_writable_repository(f"s3://{bucket}", credentials)
    ours.publish(package(), created=NOW)
    another = open_repository(f"s3://{bucket}", credentials)
    assert ours.entries("web") == another.entries("web") != []
    assert sent == []


@pytest.mark.sandbox
def test_s3_the_index_is_plain_and_never_cached(s3: S3Credentials, bucket: str) -> None:
    open_writable_repository(f"s3://{bucket}", RepositoryCredentials(s3=s3)).publish(package(), created=NOW)
    found = client(s3).head_object(Bucket=bucket, Key="index.yaml")
    assert found["CacheControl"] == "no-cache"
    assert found["ContentType"] == "application/yaml"
    assert not found.get("ContentEncoding")


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("change", "name", "kind", "sentence"),
    [
        ({}, "headway-no-such-bucket", BadInput, "no such bucket"),
        ({"secret_key": "wrong"}, None, BadInput, "secret key is wrong|refused"),
        ({"access_key": "wrong"}, None, BadInput, "key is unknown|refused"),
    ],
    ids=["bucket", "secret key", "access key"],
)
def test_s3_says_what_is_wrong(
    change: dict[str, str],
    name: str | None,
    kind: type[Exception],
    sentence: str,
    s3: S3Credentials,
    bucket: str,
) -> None:
    changed = replace(s3, **change)  # type: ignore[arg-type]
    repository = open_writable_repository(f"s3://{name or bucket}", RepositoryCredentials(s3=changed))
    with pytest.raises(kind, match=sentence):
        repository.publish(package(), created=NOW)
    with pytest.raises(kind, match=sentence):
        repository.check_write()


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

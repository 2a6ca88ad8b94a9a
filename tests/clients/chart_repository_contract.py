"""What every kind of chart repository is held to, whether it runs here, in memory, or is a program that is rarely built."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace

import pytest

from headway.clients.chart_repository import (
    AlreadyThere,
    Published,
    ReadableChartRepository,
    Stored,
    WritableChartRepository,
    exact,
    http_repository,
    oci_repository,
    open_repository,
    open_writable_repository,
    publishing,
    s3_store,
)
from headway.clients.chart_repository.oci_repository import PINS, OciRepository
from headway.clients.chart_repository.protocol import DOCUMENT_LIMIT
from headway.clients.chart_repository.publishing import StoredRepository
from headway.clients.chart_repository.s3_store import client
from headway.errors import BadInput, Refused
from headway.formats import pinned_charts
from headway.model.charts import Package
from headway.model.credentials import RepositoryCredentials, S3Credentials
from tests.clients.packages import package
from tests.clients.s3_proxy import Proxy

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
Open = Callable[[], WritableChartRepository]
Write = Callable[[Package], None]
Offering = tuple[Write, ReadableChartRepository]


def publish(repository: WritableChartRepository, chart: Package) -> None:
    repository.publish(chart, created=NOW)


class OfferingContract:
    """Of `offering`: how packages get into an empty repository, and that as anybody opens it to read."""

    def test_what_is_offered_is_read_back_newest_first(self, offering: Offering) -> None:
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

    def test_one_version_is_told_of_without_the_others(self, offering: Offering) -> None:
        write, repository = offering
        assert (repository.versions("web"), repository.entry("web", "1.0.0")) == ([], None)
        for version in ("1.0.0", "1.1.0+b.1", "1.1.0-rc.1"):
            write(package(version=version))
        assert repository.versions("web") == ["1.1.0+b.1", "1.1.0-rc.1", "1.0.0"]
        for entry in repository.entries("web"):
            assert repository.entry("web", entry.version) == entry
        assert repository.entry("web", "2.0.0") is None

    def test_an_exact_version_is_found_or_what_there_is_is_said(self, offering: Offering) -> None:
        write, repository = offering
        with pytest.raises(BadInput, match=r"does not offer web 2\.0\.0\. It knows no chart of that name"):
            exact(repository, "web", "2.0.0")
        write(package())
        assert exact(repository, "web", "1.0.0").digest == package().digest
        with pytest.raises(BadInput, match=r"does not offer web 2\.0\.0\. It offers 1\.0\.0"):
            exact(repository, "web", "2.0.0")
        with pytest.raises(BadInput, match=r"does not offer web 2\.0\.0\. Wait"):
            exact(repository, "web", "2.0.0", next_step="Wait.")

    def test_bytes_that_the_index_does_not_name_are_not_given_out(self, offering: Offering) -> None:
        write, repository = offering
        write(package())
        (entry,) = repository.entries("web")
        with pytest.raises(Refused, match="the index says sha256:0000"):
            repository.read(replace(entry, digest="sha256:" + "0" * 64))
        with pytest.raises(BadInput, match=r"gone-1\.tgz"):
            repository.read(replace(entry, url="gone-1.tgz"))

    def test_what_is_larger_than_a_package_or_an_index_is_not_read(
        self, offering: Offering, monkeypatch: pytest.MonkeyPatch
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


class Writers:
    """So many, in threads, each of which says that it has written."""

    def __init__(self, count: int) -> None:
        self._count, self._changed = count, threading.Condition()
        self._known: set[int] = set()
        self._own = threading.local()

    def begins(self, number: int) -> None:
        self._own.number = number

    def written(self) -> None:
        with self._changed:
            self._known.add(self._own.number)
            self._changed.notify_all()

    def wait(self, _: float) -> None:
        """Until all have written."""
        self.written()
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._known) == self._count, timeout=60)


class WritableContract:
    """Of `open_again`, which opens the same, at first empty, repository as another process would."""

    def test_documents_lie_beside_the_packages(self, open_again: Open) -> None:
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

    def test_third_parties_charts_are_known_again_by_their_content(self, open_again: Open) -> None:
        one, other = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
        address = "https://charts.example.com/redis-1.0.0"
        assert open_again().pinned_charts() == {}
        for version, digest in (("1.0.0", one), ("1.1.0", other)):
            made = package(version=version)
            noted = {"annotations": pinned_charts.annotations({address: digest})}
            open_again().publish(replace(made, metadata={**made.metadata, **noted}), created=NOW)
        assert open_again().pinned_charts() == {address: one}, "what is pinned stays as it is"

    @pytest.mark.parametrize(
        "name", ["../1.json", "releases/../../1.json", "/etc/1.json", "index.yaml", "a/.."]
    )
    def test_documents_lie_nowhere_else(self, name: str, open_again: Open) -> None:
        for call in (
            open_again().document,
            open_again().documents,
            lambda each: open_again().keep(each, b""),
        ):
            with pytest.raises(BadInput, match="no file in a folder"):
                call(name)

    def test_published_is_offered_and_read_back(self, open_again: Open) -> None:
        assert open_again().entries("web") == []
        outcome = open_again().publish(package(), created=NOW)
        assert isinstance(outcome, Published)
        assert open_again().entries("web") == [outcome.entry]
        assert open_again().read(outcome.entry) == package().data
        assert outcome.entry.created == NOW

    def test_a_write_is_asked_for_without_one(self, open_again: Open) -> None:
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

    def test_publishing_again_writes_nothing(self, open_again: Open, monkeypatch: pytest.MonkeyPatch) -> None:
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

    def test_the_same_version_with_other_content_is_never_overwritten(self, open_again: Open) -> None:
        first = open_again().publish(package(), created=NOW)
        with pytest.raises(Refused, match=r"web 1\.0\.0 is already there with other content"):
            open_again().publish(package(text="other"), created=NOW)
        assert open_again().read(first.entry) == package().data

    def test_a_publish_that_died_half_way_is_finished_by_the_next(self, open_again: Open) -> None:
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

    def test_withdrawn_is_no_longer_offered_but_stays(
        self, open_again: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
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

    def test_writers_at_once_lose_nothing(self, open_again: Open) -> None:
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

    def test_all_who_publish_the_same_agree(self, open_again: Open, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each waits until the others have written, which takes longer than a second on a machine that does much else."""
        others = Writers(4)
        monkeypatch.setattr(oci_repository, "time", SimpleNamespace(sleep=others.wait))
        writers = [(open_again(), package(commit=f"c{n}")) for n in range(4)]

        def publish(number: int) -> Published | AlreadyThere:
            others.begins(number)
            repository, chart = writers[number]
            try:
                return repository.publish(chart, created=datetime.now(UTC))
            finally:
                others.written()

        with ThreadPoolExecutor(4) as pool:
            outcomes = list(pool.map(publish, range(4)))
        assert len({outcome.entry.digest for outcome in outcomes}) == 1
        assert len(open_again().entries("web")) == 1

    @pytest.mark.parametrize(
        "url", ["../../etc/passwd", "/etc/passwd", "https://elsewhere/x.tgz", "a/../../x", "%2e%2e/x"]
    )
    def test_the_index_cannot_point_outside(self, url: str, open_again: Open) -> None:
        entry = open_again().publish(package(), created=NOW).entry
        with pytest.raises(BadInput, match="not one below the repository"):
            open_again().read(replace(entry, url=url))

    def test_objects_of_a_chart_with_a_longer_name_are_not_counted(self, open_again: Open) -> None:
        for name, version in (("shop", "1.0.0"), ("shop-extra", "2.0.0"), ("shop", "1.1.0-rc.1+b")):
            open_again().publish(package(name, version), created=NOW)
        assert open_again().uploaded_versions("shop") == {"1.0.0", "1.1.0-rc.1+b"}
        newest = open_again().entries("shop")[0]
        assert open_again().read(newest) == package("shop", "1.1.0-rc.1+b").data


class S3Contract:
    """Of `s3`, which opens it, and an empty `bucket` there."""

    @pytest.mark.parametrize("file", ["web-1.0.0.tgz", "index.yaml"])
    @pytest.mark.parametrize("trouble", ["lost answer", "409"])
    def test_a_write_of_our_own_is_recognised(
        self, file: str, trouble: str, s3: S3Credentials, bucket: str
    ) -> None:
        """After a lost answer the SDK repeats the request and is told 412 for what it wrote itself."""
        pending = [trouble]
        proxy = Proxy(
            s3.endpoint_url or "",
            lambda method, path: (
                pending.pop() if method == "PUT" and path.endswith(file) and pending else None
            ),
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

    def test_what_was_just_written_is_not_sent_back(
        self, s3: S3Credentials, bucket: str, monkeypatch: pytest.MonkeyPatch
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

    def test_the_index_is_plain_and_never_cached(self, s3: S3Credentials, bucket: str) -> None:
        open_writable_repository(f"s3://{bucket}", RepositoryCredentials(s3=s3)).publish(
            package(), created=NOW
        )
        found = client(s3).head_object(Bucket=bucket, Key="index.yaml")
        assert found["CacheControl"] == "no-cache"
        assert found["ContentType"] == "application/yaml"
        assert not found.get("ContentEncoding")

    @pytest.mark.parametrize(
        ("change", "name", "kind", "sentence"),
        [
            ({}, "headway-no-such-bucket", BadInput, "no such bucket"),
            ({"secret_key": "wrong"}, None, BadInput, "secret key is wrong|refused"),
            ({"access_key": "wrong"}, None, BadInput, "key is unknown|refused"),
        ],
        ids=["bucket", "secret key", "access key"],
    )
    def test_says_what_is_wrong(
        self,
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

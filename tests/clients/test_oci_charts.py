"""Charts in a real registry, as the real Helm reads and writes them; and who is let in."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headway.clients.chart_repository import (
    AlreadyThere,
    Published,
    Stored,
    WritableChartRepository,
    exact,
    fetch,
    oci_repository,
    open_repository,
    open_writable_repository,
)
from headway.clients.kept_packages import KeptPackages
from headway.errors import BadInput, Refused
from headway.model.credentials import RegistryCredentials, RepositoryCredentials
from sandbox import guarded_registry
from sandbox.address import Address
from tests.clients import real_registry
from tests.clients.conftest import Door
from tests.clients.packages import package
from tests.clients.real_registry import USER, Running
from tests.clients.registry_contract import PASSWORD
from tests.clients.test_chart_repository import registry_path

__all__ = ["registry_path"]
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


class Helm:
    def __init__(self, program: Path, folder: Path) -> None:
        self._program, self._folder = program, folder

    def __call__(self, *arguments: str, fails: bool = False) -> str:
        done = subprocess.run(
            [self._program, *arguments, "--plain-http"],
            env={"HOME": str(self._folder), "PATH": "/usr/bin:/bin"},
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode != 0) == fails, done.stderr
        return done.stderr if fails else done.stdout


@pytest.fixture
def helm(sandbox: Address, tmp_path: Path) -> Helm:
    return Helm(sandbox.bin / "helm", tmp_path)


@pytest.fixture
def repository(registry_path: str) -> WritableChartRepository:
    return open_writable_repository(f"oci://{registry_path}")


@pytest.mark.sandbox
def test_helm_pulls_what_headway_publishes(
    repository: WritableChartRepository, helm: Helm, tmp_path: Path
) -> None:
    charts = [package(version=version, commit="abc") for version in ("1.0.0", "1.1.0+build.7", "1.2.0")]
    for each in charts:
        repository.publish(each, created=NOW)
    address = f"{repository.url}/web"
    assert "version: 1.2.0" in helm("show", "chart", address)
    for each in charts:
        shown = helm("show", "chart", address, "--version", each.version)
        assert f"version: {each.version}" in shown
        assert "headway.dev/commit: abc" in shown
        helm("pull", address, "--version", each.version)
        (pulled,) = tmp_path.glob("*.tgz")
        assert pulled.read_bytes() == each.data, "the same bytes"
        pulled.unlink()


@pytest.mark.sandbox
def test_helm_does_not_pull_what_was_taken_back(repository: WritableChartRepository, helm: Helm) -> None:
    charts = [package(version=version) for version in ("1.1.0+build.7", "1.2.0")]
    for each in charts:
        repository.publish(each, created=NOW)
    address = f"{repository.url}/web"

    assert repository.withdraw("web", "1.2.0", charts[-1].digest)

    assert "version: 1.1.0+build.7" in helm("show", "chart", address), "nobody takes it for the newest"
    assert "not found" in helm("pull", address, "--version", "1.2.0", fails=True)
    assert repository.stored("web", "1.2.0") == Stored(charts[-1], withdrawn=True)


@pytest.mark.sandbox
def test_headway_reads_what_helm_pushed(
    repository: WritableChartRepository, helm: Helm, tmp_path: Path
) -> None:
    pushed = package(version="1.0.0+b")
    (tmp_path / "web.tgz").write_bytes(pushed.data)
    helm("push", "web.tgz", repository.url)
    (entry,) = repository.entries("web")
    assert (entry.version, entry.digest, entry.content_digest) == ("1.0.0+b", pushed.digest, "")
    assert entry.created > datetime(2026, 1, 1, tzinfo=UTC)
    assert repository.read(entry) == pushed.data
    same = package(version="1.0.0+b", commit="other provenance")
    assert repository.publish(same, created=NOW) == AlreadyThere(entry)
    with pytest.raises(Refused, match="already there with other content"):
        repository.publish(package(version="1.0.0+b", text="other"), created=NOW)
    assert repository.withdraw("web", "1.0.0+b", pushed.digest)
    assert repository.entries("web") == []


@pytest.mark.sandbox
def test_provenance_that_helm_pushed_lies_beside_the_package(
    repository: WritableChartRepository, helm: Helm, tmp_path: Path
) -> None:
    for version, provenance in (("1.0.0", b"signed by Ada\n"), ("1.1.0", None)):
        (tmp_path / "web.tgz").write_bytes(package(version=version).data)
        (tmp_path / "web.tgz.prov").unlink(missing_ok=True)
        if provenance:
            (tmp_path / "web.tgz.prov").write_bytes(provenance)
        helm("push", "web.tgz", repository.url)
    found = {each.version: repository.provenance(each) for each in repository.entries("web")}
    assert found == {"1.0.0": b"signed by Ada\n", "1.1.0": None}


@pytest.mark.sandbox
def test_a_third_partys_chart_is_fetched_from_a_registry(
    repository: WritableChartRepository, tmp_path: Path
) -> None:
    for version in ("1.0.0", "1.1.0"):
        repository.publish(package(version=version), created=NOW)
    assert fetch(repository.url, "web", "1.0.0", kept=KeptPackages(tmp_path / "kept")) == package().data
    with pytest.raises(BadInput, match=r"does not offer web 2\.0\.0\. It offers 1\.1\.0, 1\.0\.0"):
        fetch(repository.url, "web", "2.0.0", kept=KeptPackages(tmp_path / "kept"))


@pytest.mark.sandbox
def test_of_different_packages_published_at_once_one_is_there(
    registry_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oci_repository, "SETTLED", 1.0)

    def publish(number: int) -> str:
        try:
            opened = open_writable_repository(f"oci://{registry_path}")
            published = opened.publish(package(text=f"of {number}"), created=NOW)
        except Refused:
            return ""
        assert isinstance(published, Published)
        return published.entry.digest

    with ThreadPoolExecutor(4) as pool:
        told = [digest for digest in pool.map(publish, range(4)) if digest]
    (entry,) = open_repository(f"oci://{registry_path}").entries("web")
    assert told == [entry.digest]


@pytest.mark.sandbox
def test_only_the_newest_are_asked_for(
    repository: WritableChartRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oci_repository, "OFFERED", 2)
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        repository.publish(package(version=version), created=NOW)
    assert [each.version for each in repository.entries("web")] == ["1.2.0", "1.1.0"]
    assert exact(repository, "web", "1.0.0").digest == package().digest, "others are found by their version"
    assert repository.versions("web") == ["1.2.0", "1.1.0", "1.0.0"]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """It deletes nothing, and gives tokens."""
    folder = tmp_path_factory.mktemp("registry")
    with real_registry.running("token", guarded_registry.built(), folder) as found:
        yield found


@pytest.mark.sandbox
def test_a_registry_with_tokens_is_asked_for_what_is_to_be_done(guarded: Running) -> None:
    login = RegistryCredentials(USER, PASSWORD, guarded.host)
    url = f"oci://{guarded.host}/charts"
    repository = open_writable_repository(url, RepositoryCredentials(registry=login))
    repository.check_write()
    repository.publish(package(), created=NOW)
    (entry,) = repository.entries("web")
    assert repository.read(entry) == package().data
    assert repository.withdraw("web", "1.0.0", entry.digest)
    assert repository.entries("web") == [], "though its tag cannot be deleted there"
    assert not repository.withdraw("web", "1.0.0", entry.digest)
    outcome = repository.publish(package(), created=NOW)
    assert isinstance(outcome, AlreadyThere)
    assert outcome.withdrawn
    assert guarded.tokens
    assert {f"GET repository:charts/web:{actions}" for actions in ("pull", "pull,push")} <= {
        *guarded.tokens.asked
    }
    with pytest.raises(BadInput, match=r"wants credentials|refuses access|no token"):
        open_writable_repository(url).check_write()


def test_credentials_for_every_registry_are_shown_to_none(door: Door) -> None:
    """Who names the address would have them."""
    login = RegistryCredentials(USER, PASSWORD)
    url = f"oci://127.0.0.1:{door.server_port}/charts"
    for opened in (open_repository, open_writable_repository):
        with pytest.raises(BadInput, match="wants credentials"):
            opened(url, RepositoryCredentials(registry=login)).entries("web")
    assert set(door.shown) == {""}

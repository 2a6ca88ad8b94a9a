"""Registries that the sandbox does not run: images are read there, and charts kept, as in the one that it runs."""

import uuid
from collections.abc import Iterator

import pytest

from headway.clients.chart_repository import (
    WritableChartRepository,
    oci_repository,
    open_repository,
    open_writable_repository,
)
from headway.clients.registry import Registry
from sandbox import peer_programs
from sandbox.address import Address
from tests.clients import real_registry
from tests.clients.chart_repository_contract import (
    NOW,
    Offering,
    OfferingContract,
    Open,
    WritableContract,
    publish,
)
from tests.clients.conftest import free_port
from tests.clients.packages import package
from tests.clients.registry_contract import TAGS, Opened, RegistryContract
from tests.clients.test_oci_charts import (
    Helm,
    helm,
    repository,
    test_headway_reads_what_helm_pushed,
    test_helm_pulls_what_headway_publishes,
    test_of_different_packages_published_at_once_one_is_there,
    test_provenance_that_helm_pushed_lies_beside_the_package,
)
from tests.peers.conftest import running

__all__ = [
    "helm",
    "repository",
    "test_headway_reads_what_helm_pushed",
    "test_helm_pulls_what_headway_publishes",
    "test_of_different_packages_published_at_once_one_is_there",
    "test_provenance_that_helm_pushed_lies_beside_the_package",
]
pytestmark = [pytest.mark.sandbox, pytest.mark.rare]
PATH = "shop/web"


@pytest.fixture(scope="module", params=["distribution 2", "distribution 2, htpasswd", "crane"])
def opened(
    request: pytest.FixtureRequest, sandbox: Address, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    """Each with TAGS in PATH."""
    folder, crane = tmp_path_factory.mktemp("registry"), sandbox.bin / "crane"
    if request.param == "crane":
        host = f"127.0.0.1:{free_port()}"
        argv = [crane, "registry", "serve", "--address", host, "--disk", folder]
        with running(argv, f"http://{host}/v2/", folder):
            yield _opened(host, real_registry.push(crane, f"{host}/{PATH}", folder))
        return
    program = peer_programs.built(peer_programs.DISTRIBUTION2)
    with real_registry.running("open", program, folder) as found:
        digest = real_registry.push(crane, f"{found.host}/{PATH}", folder)
        if not request.param.endswith("htpasswd"):
            yield _opened(found.host, digest)
            return
    with real_registry.running("htpasswd", program, folder) as found:
        yield _opened(found.host, digest, real_registry.USER)


def _opened(host: str, digest: str, username: str = "") -> Opened:
    return Opened(Registry, f"{host}/{PATH}", f"{host}/shop/none", host, username, digest)


class TestImages(RegistryContract):
    def test_all_tags_are_read(self, opened: Opened) -> None:
        """Those that the index was made of among them."""
        assert sorted({*opened.registry().tags(opened.repository)} & {*TAGS}) == TAGS


@pytest.fixture(scope="module", params=["distribution 2", "crane"])
def registry(
    request: pytest.FixtureRequest, sandbox: Address, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """Kind and host of one that anybody may write to."""
    folder = tmp_path_factory.mktemp("charts")
    if request.param == "crane":
        host = f"127.0.0.1:{free_port()}"
        argv = [sandbox.bin / "crane", "registry", "serve", "--address", host, "--disk", folder]
        with running(argv, f"http://{host}/v2/", folder):
            yield request.param, host
        return
    with real_registry.running("open", peer_programs.built(peer_programs.DISTRIBUTION2), folder) as found:
        yield request.param, found.host


@pytest.fixture
def registry_path(registry: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(oci_repository, "SETTLED", 0.02)
    return f"{registry[1]}/headway-test/{uuid.uuid4().hex[:12]}"


@pytest.fixture
def open_again(registry_path: str) -> Open:
    return lambda: open_writable_repository(f"oci://{registry_path}")


@pytest.fixture
def offering(registry_path: str) -> Offering:
    written = open_writable_repository(f"oci://{registry_path}")
    return lambda each: publish(written, each), open_repository(written.url)


def test_what_was_taken_back_is_not_offered_where_no_tag_can_be_deleted(
    registry: tuple[str, str], repository: WritableChartRepository, helm: Helm
) -> None:
    """Of version 2 of distribution Helm alone goes on taking it."""
    for version in ("1.1.0", "1.2.0"):
        repository.publish(package(version=version), created=NOW)
    assert repository.withdraw("web", "1.2.0", package(version="1.2.0").digest)
    assert [each.version for each in repository.entries("web")] == ["1.1.0"]
    assert repository.entry("web", "1.2.0") is None
    shown = "1.2.0" if registry[0] == "distribution 2" else "1.1.0"
    assert f"version: {shown}" in helm("show", "chart", f"{repository.url}/web")


class TestOffering(OfferingContract):
    pass


class TestWritable(WritableContract):
    pass

"""A chart in a registry whose versions are known costs the list of its tags, and whether the newest is what it was."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from headway.clients.chart_repository import (
    WritableChartRepository,
    last_indexes,
    oci_repository,
    open_writable_repository,
)
from headway.errors import BadInput, Refused
from headway.formats import helm_artifact, pinned_charts
from headway.model.charts import Package
from tests.clients.memory_oci import HOST, MemoryOci
from tests.clients.packages import package

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
VERSIONS = [f"1.{number}.0" for number in range(5)]
LIST, NEWEST = "GET web/tags/list", "HEAD web/manifests/1.4.0"


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MemoryOci:
    """With five versions that this machine has seen."""
    made = MemoryOci()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(httpx, "HTTPTransport", lambda **_: httpx.MockTransport(made.answer))
    monkeypatch.setattr(oci_repository, "SETTLED", 0.0)
    for version in VERSIONS:
        publish(made, package(version=version))
    assert looked(made) == (
        [*reversed(VERSIONS)],
        [LIST, *(f"GET web/manifests/{each}" for each in VERSIONS)],
    )
    return made


def publish(registry: MemoryOci, chart: Package) -> None:
    opened().publish(chart, created=NOW)
    registry.asked.clear()


def opened() -> WritableChartRepository:
    """As another process opens it."""
    return open_writable_repository(f"oci://{HOST}/charts")


def looked(
    registry: MemoryOci, repository: WritableChartRepository | None = None
) -> tuple[list[str], list[str]]:
    """The versions, and what was asked, without its order but for the list, which comes first."""
    registry.asked.clear()
    offered = [each.version for each in (repository or opened()).entries("web")]
    first, *others = [each.replace(f" {HOST}/v2/charts/", " ") for each in registry.asked]
    return offered, [first, *sorted(others)]


def move(registry: MemoryOci, version: str) -> Package:
    """Somebody pushes other content under it."""
    other = package(version=version, text="other")
    registry.blobs["charts/web"][other.digest] = other.data
    registry.tags["charts/web"][version] = helm_artifact.manifest(other, created=NOW)
    return other


def test_what_has_not_changed_costs_two_questions(registry: MemoryOci) -> None:
    again = opened()
    for repository in (again, again, opened()):
        assert looked(registry, repository) == ([*reversed(VERSIONS)], [LIST, NEWEST])
    assert [each.digest for each in opened().entries("web")] == [
        package(version=version).digest for version in reversed(VERSIONS)
    ]


def test_a_version_more_costs_its_own(registry: MemoryOci) -> None:
    publish(registry, package(version="1.5.0"))
    assert looked(registry)[1] == [LIST, "GET web/manifests/1.5.0"]
    assert looked(registry)[1] == [LIST, "HEAD web/manifests/1.5.0"]


def test_a_list_is_asked_for_whether_it_has_changed_where_the_registry_says_by_what(
    registry: MemoryOci,
) -> None:
    registry.etags = True
    answers: list[int] = []
    answer = registry._list
    registry._list = lambda *given: answers.append((said := answer(*given)).status_code) or said  # type: ignore[method-assign, func-returns-value]
    looked(registry)
    assert looked(registry) == ([*reversed(VERSIONS)], [LIST, NEWEST])
    assert answers == [200, 304]


def test_what_was_taken_back_is_not_offered(registry: MemoryOci) -> None:
    opened().withdraw("web", "1.4.0", package(version="1.4.0").digest)
    assert looked(registry) == ([*reversed(VERSIONS[:-1])], [LIST, "HEAD web/manifests/1.3.0"])


def test_the_newest_that_was_moved_is_seen_by_the_next_look(registry: MemoryOci) -> None:
    other = move(registry, "1.4.0")
    assert looked(registry)[1] == [LIST, "GET web/manifests/1.4.0", NEWEST]
    assert opened().entries("web")[0].digest == other.digest


@pytest.mark.parametrize("is_read", [True, False], ids=["read", "asked for"])
def test_another_that_was_moved_is_seen_by_who_asks_for_it(is_read: bool, registry: MemoryOci) -> None:
    """Until then it is told as it was; its package is refused, so that nothing is released that the look has not told."""
    told = opened().entries("web")[2]
    other = move(registry, told.version)
    assert opened().entries("web")[2] == told
    if is_read:
        with pytest.raises(Refused, match="the index says"):
            opened().read(told)
    else:
        found = opened().entry("web", told.version)
        assert found
        assert found.digest == other.digest
    assert looked(registry)[1] == [LIST, f"GET web/manifests/{told.version}", NEWEST]
    assert opened().entries("web")[2].digest == other.digest


def test_whoever_is_not_let_in_is_told_nothing(registry: MemoryOci) -> None:
    registry.refuses = True
    with pytest.raises(BadInput):
        opened().entries("web")


def test_a_registry_that_does_not_say_what_a_tag_names_is_asked_for_it(
    registry: MemoryOci, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headway.clients.chart_repository.oci_files.OciFiles.digest", lambda *_: "")
    assert looked(registry)[1] == [LIST, "GET web/manifests/1.4.0"]


def test_what_was_damaged_is_asked_for_again(registry: MemoryOci, tmp_path: Path) -> None:
    for file in tmp_path.glob(".cache/headway/charts/*"):
        file.write_bytes(file.read_bytes()[:-2])
    assert len(looked(registry)[1]) == 1 + len(VERSIONS)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"1.0.0": 5}'])
def test_what_another_version_of_headway_kept_is_asked_for_again(
    content: bytes, registry: MemoryOci, tmp_path: Path
) -> None:
    for file in tmp_path.glob(".cache/headway/charts/*"):
        before = last_indexes.memory().of(file.name)
        assert before
        last_indexes.memory().keep(file.name, replace(before, content=content))
    assert len(looked(registry)[1]) == 1 + len(VERSIONS)


def test_what_is_pinned_is_asked_for_once(registry: MemoryOci) -> None:
    digests = {
        f"https://charts.example.com/redis-{number}.0.0": f"sha256:{str(number) * 64}" for number in (1, 2)
    }
    made = package(version="2.0.0")
    noted = {"annotations": pinned_charts.annotations(digests)}
    publish(registry, replace(made, metadata={**made.metadata, **noted}))
    for asked in (3, 1, 1):
        registry.asked.clear()
        assert opened().pinned_charts() == digests
        assert len(registry.asked) == asked

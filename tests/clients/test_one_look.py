"""What belongs to one decision asks for the index once, and loses nothing of what others wrote in between."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headway.clients import side_by_side
from headway.clients.chart_repository import (
    AlreadyThere,
    Published,
    WritableChartRepository,
    one_look,
    open_writable_repository,
)
from headway.clients.chart_repository.directory_store import DirectoryStore
from headway.errors import Refused
from tests.clients.packages import package

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture
def charts(tmp_path: Path) -> WritableChartRepository:
    return another(tmp_path)


def another(folder: Path) -> WritableChartRepository:
    return open_writable_repository(f"file://{folder}")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions for an index."""
    made = list[str]()
    ask = DirectoryStore.get_tagged

    def counted(store: DirectoryStore, name: str, known: str | None) -> tuple[bytes | None, str | None]:
        made.append(store.url)
        return ask(store, name, known)

    monkeypatch.setattr(DirectoryStore, "get_tagged", counted)
    return made


def test_a_publication_and_what_it_is_decided_by_are_one_look(
    charts: WritableChartRepository, asked: list[str]
) -> None:
    charts.publish(package(), created=NOW)
    asked.clear()
    with one_look():
        assert charts.versions("web") == ["1.0.0"]
        assert side_by_side.each(lambda name: charts.versions(name), ["web", "other"], 2) == [["1.0.0"], []]
        with one_look():
            assert charts.entry("web", "2.0.0") is None
        charts.publish(package(version="1.1.0"), created=NOW)
        assert charts.versions("web") == ["1.1.0", "1.0.0"], "our own write is seen"
    assert len(asked) == 1
    charts.versions("web")
    charts.versions("web")
    assert len(asked) == 3, "what comes after looks anew each time"


def test_a_decision_that_failed_leaves_nothing(charts: WritableChartRepository, tmp_path: Path) -> None:
    @one_look()
    def decided() -> None:
        charts.versions("web")
        raise KeyError

    with pytest.raises(KeyError):
        decided()
    another(tmp_path).publish(package(), created=NOW)
    assert charts.versions("web") == ["1.0.0"]


def test_what_others_publish_meanwhile_is_not_lost(charts: WritableChartRepository, tmp_path: Path) -> None:
    charts.publish(package(), created=NOW)
    with one_look():
        assert charts.versions("web") == ["1.0.0"]
        another(tmp_path).publish(package(version="1.2.0"), created=NOW)
        assert charts.versions("web") == ["1.0.0"], "what is decided by stays as it is"
        assert isinstance(charts.publish(package(version="1.1.0"), created=NOW), Published)
        assert charts.versions("web") == ["1.2.0", "1.1.0", "1.0.0"]


@pytest.mark.parametrize("is_withdrawn", [False, True], ids=["offered", "taken back"])
def test_a_version_that_others_published_meanwhile_is_theirs(
    is_withdrawn: bool, charts: WritableChartRepository, tmp_path: Path
) -> None:
    with one_look():
        assert charts.versions("web") == []
        theirs = another(tmp_path).publish(package(commit="theirs"), created=NOW).entry
        if is_withdrawn:
            another(tmp_path).withdraw("web", "1.0.0", theirs.digest)
        with pytest.raises(Refused, match="already there with other content"):
            charts.publish(package(text="other"), created=NOW)
        outcome = charts.publish(package(commit="ours"), created=NOW)
    assert isinstance(outcome, AlreadyThere)
    assert (outcome.entry.digest, outcome.withdrawn) == (theirs.digest, is_withdrawn)
    assert another(tmp_path).versions("web") == ([] if is_withdrawn else ["1.0.0"])


def test_what_is_taken_back_is_looked_for_anew(charts: WritableChartRepository, tmp_path: Path) -> None:
    with one_look():
        assert charts.versions("web") == []
        theirs = another(tmp_path).publish(package(), created=NOW).entry
        assert charts.withdraw("web", "1.0.0", theirs.digest)
    assert charts.versions("web") == []


def test_each_decision_has_its_own(tmp_path: Path) -> None:
    def write(writer: int) -> None:
        repository = another(tmp_path)
        for number in range(5):
            with one_look():
                assert repository.versions(f"chart{writer}") == [
                    f"1.{each}.0" for each in reversed(range(number))
                ]
                repository.publish(package(f"chart{writer}", f"1.{number}.0"), created=NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert {len(another(tmp_path).versions(f"chart{each}")) for each in range(4)} == {5}

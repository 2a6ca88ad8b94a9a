"""Registries that answer otherwise: that do not delete, whose tags do not change, that lead elsewhere, and that lie."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from headway.clients.chart_repository import (
    AlreadyThere,
    WritableChartRepository,
    oci_repository,
    open_writable_repository,
)
from headway.errors import BadInput, Refused
from headway.formats import helm_artifact
from tests.clients.memory_oci import HOST, MemoryOci
from tests.clients.packages import package

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MemoryOci:
    made = MemoryOci()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(httpx, "HTTPTransport", lambda **_: httpx.MockTransport(made.answer))
    monkeypatch.setattr(oci_repository, "SETTLED", 0.0)
    return made


def _open() -> WritableChartRepository:
    return open_writable_repository(f"oci://{HOST}/charts")


@pytest.mark.parametrize("deletes", [True, False], ids=["deletes tags", "deletes none"])
def test_what_was_taken_back_stays_back(deletes: bool, registry: MemoryOci) -> None:
    registry.deletes = deletes
    made = _open().publish(package(), created=NOW).entry
    assert _open().withdraw("web", "1.0.0", made.digest)
    assert ("1.0.0" in registry.tags["charts/web"]) is not deletes
    assert (_open().versions("web"), _open().entries("web"), _open().entry("web", "1.0.0")) == ([], [], None)
    assert not _open().withdraw("web", "1.0.0", made.digest)
    assert _open().publish(package(), created=NOW) == AlreadyThere(made, withdrawn=True)
    assert _open().read(made) == package().data


@pytest.mark.parametrize("is_immutable", [True, False], ids=["tags that do not change", "tags that do"])
@pytest.mark.parametrize("text", ["hello", "other"], ids=["the same", "other content"])
def test_who_is_overtaken_between_look_and_write_takes_what_is_there(
    text: str, is_immutable: bool, registry: MemoryOci
) -> None:
    """Where tags do not change our write is refused; where they do, theirs comes after it, and we look again."""
    registry.is_immutable = is_immutable
    other = package(text=text, commit="of the other")
    manifest = helm_artifact.manifest(other, created=NOW)

    def overtake(name: str, tag: str) -> None:
        registry.blobs.setdefault(name, {})[other.digest] = other.data
        registry.tags[name][tag] = manifest

    if is_immutable:
        registry.meanwhile = overtake
    else:
        registry.afterwards = overtake
    if text == "hello":
        outcome: Any = _open().publish(package(), created=NOW)
        assert isinstance(outcome, AlreadyThere)
        assert outcome.entry.digest == other.digest
    else:
        with pytest.raises(Refused, match="already there with other content"):
            _open().publish(package(), created=NOW)
    assert registry.tags["charts/web"]["1.0.0"] == manifest


@pytest.mark.parametrize("text", ["hello", "other"], ids=["the same", "other content"])
def test_what_was_written_just_now_may_be_written_over(
    text: str, registry: MemoryOci, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By who looked before it was there: whoever finds it waits as well, and looks again."""
    _open().publish(package(commit="the first"), created=datetime.now(UTC))
    over = package(text=text, commit="of the other")

    def overtaken(_: float) -> None:
        registry.blobs["charts/web"][over.digest] = over.data
        registry.tags["charts/web"]["1.0.0"] = helm_artifact.manifest(over, created=NOW)

    monkeypatch.setattr(oci_repository, "time", SimpleNamespace(sleep=overtaken))
    if text == "hello":
        assert _open().publish(package(), created=NOW).entry.digest == over.digest
    else:
        with pytest.raises(Refused, match="already there with other content"):
            _open().publish(package(), created=NOW)


@pytest.mark.usefixtures("registry")
def test_what_was_written_before_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made = _open().publish(package(), created=datetime.now(UTC) - timedelta(minutes=2)).entry
    monkeypatch.setattr(oci_repository, "time", None)
    assert _open().publish(package(commit="again"), created=NOW) == AlreadyThere(made)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        pytest.param({"creates": False}, "no such repository in the registry. Create it", id="creates none"),
        pytest.param(
            {"upload_at": "https://elsewhere.example.com/v2/x"}, "another host", id="leads elsewhere"
        ),
        pytest.param({"upload_at": "//elsewhere.example.com/v2/x"}, "another host", id="elsewhere, in short"),
    ],
)
def test_nothing_is_sent_elsewhere(answers: dict[str, Any], sentence: str, registry: MemoryOci) -> None:
    for key, value in answers.items():
        setattr(registry, key, value)
    for ask in (lambda: _open().publish(package(), created=NOW), lambda: _open().check_write()):
        with pytest.raises(BadInput, match=sentence):
            ask()
    assert all(f" {HOST}/" in each for each in registry.asked)
    assert registry.tags.get("charts/web") is None


def test_bytes_of_another_digest_are_not_given_out(registry: MemoryOci) -> None:
    made = _open().publish(package(), created=NOW).entry
    registry.blobs["charts/web"][made.digest] = b"changed"
    with pytest.raises(Refused, match="gave other bytes"):
        _open().read(made)
    del registry.blobs["charts/web"][made.digest]
    with pytest.raises(BadInput, match="which is missing"):
        _open().read(made)


def test_a_tag_that_was_moved_is_not_taken_for_what_it_was(registry: MemoryOci) -> None:
    made = _open().publish(package(), created=NOW).entry
    other = package(text="other")
    registry.blobs["charts/web"][other.digest] = other.data
    registry.tags["charts/web"]["1.0.0"] = helm_artifact.manifest(other, created=NOW)
    with pytest.raises(Refused, match="the index says"):
        _open().read(made)
    assert _open().read(replace(made, digest=other.digest)) == other.data


def test_what_is_no_chart_under_a_version_is_passed_over(registry: MemoryOci) -> None:
    _open().publish(package(), created=NOW)
    registry.tags["charts/web"]["2.0.0"] = b'{"layers": []}'
    assert [each.version for each in _open().entries("web")] == ["1.0.0"]

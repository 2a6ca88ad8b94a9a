"""What is kept of releases among objects that anybody with the bucket may have written."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from headway.clients.chart_repository import WritableChartRepository, open_writable_repository, s3_store
from headway.clients.chart_repository.s3_store import S3Store
from headway.decide.review import archiving
from headway.errors import BadInput
from headway.formats import archived_release
from headway.model.credentials import S3Credentials
from headway.model.release_history import HistoryEntry
from headway.model.release_ref import ReleaseRef
from headway.workspace import archive_told, release_archive
from headway.workspace.archive_told import Told
from headway.workspace.release_archive import ReleaseArchive, keep

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
REF = ReleaseRef("shop", "testing", "shop")
ENTRY = HistoryEntry(1, "0.1.0", "release", started_at=NOW, outcome="passed", chart_digest="sha256:1")


@pytest.fixture
def repository(tmp_path: Path) -> WritableChartRepository:
    return open_writable_repository(f"file://{tmp_path}")


def entries(count: int) -> list[HistoryEntry]:
    return [replace(ENTRY, revision=at, started_at=NOW + timedelta(hours=at)) for at in range(1, count + 1)]


@pytest.mark.parametrize(
    "taken",
    [
        pytest.param(b"mine", id="by what is no release"),
        pytest.param(
            archived_release.serialise(replace(ENTRY, outcome="failed")), id="by what says otherwise"
        ),
    ],
)
def test_a_name_that_somebody_took_first_keeps_no_release_out(
    taken: bytes, repository: WritableChartRepository
) -> None:
    repository.keep(f"{archiving.folder(REF)}{archiving.name(ENTRY)}", taken)
    assert keep(repository, REF, [ENTRY]) == 1
    assert keep(repository, REF, [ENTRY]) == 0
    trouble: list[str] = []
    found, _ = ReleaseArchive(repository).read(REF, trouble)
    assert ENTRY in found
    assert any("somebody else had taken the name" in each for each in trouble)


def test_what_is_kept_is_kept_once_also_when_more_is_known_of_it(repository: WritableChartRepository) -> None:
    assert keep(repository, REF, [ENTRY]) == 1
    assert keep(repository, REF, [replace(ENTRY, by="Ada", why="asked")]) == 0


def test_what_former_runs_have_kept_is_not_read_again(
    repository: WritableChartRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest_first = entries(20)[::-1]
    assert keep(repository, REF, newest_first[1:]) == 19
    read: list[str] = []
    document = type(repository).document

    def noted(self: WritableChartRepository, name: str) -> bytes | None:
        read.append(name)
        return document(self, name)

    monkeypatch.setattr(type(repository), "document", noted)
    assert keep(repository, REF, newest_first) == 1
    assert len(read) == release_archive.LOOKED_INTO - 1


@pytest.fixture
def asked(repository: WritableChartRepository, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What it is asked for, by the kind of the question."""
    found: list[str] = []

    def noted(called: str) -> None:
        original = getattr(type(repository), called)

        def call(self: WritableChartRepository, *given: object) -> object:
            found.append(called)
            return original(self, *given)

        monkeypatch.setattr(type(repository), called, call)

    for each in ("documents", "document", "keep"):
        noted(each)
    return found


def test_on_a_machine_that_knows_what_is_there_a_release_writes_its_own_and_asks_nothing(
    repository: WritableChartRepository, tmp_path: Path, asked: list[str]
) -> None:
    newest_first, told = entries(20)[::-1], Told(tmp_path / "archived")
    assert keep(repository, REF, newest_first[1:], told) == 19
    asked.clear()
    assert keep(repository, REF, newest_first, told) == 1
    assert asked == ["keep"]
    asked.clear()
    assert keep(repository, REF, newest_first, told) == 0
    assert asked == []
    found, _ = ReleaseArchive(repository).read(REF, [])
    assert {each.revision for each in found} == set(range(1, 21))


def test_what_another_machine_has_kept_is_read_and_what_says_otherwise_gets_a_name_of_its_own(
    repository: WritableChartRepository, tmp_path: Path, asked: list[str]
) -> None:
    told, (first, second) = Told(tmp_path / "archived"), entries(2)
    assert keep(repository, REF, [first], told) == 1
    assert keep(repository, REF, [second, first]) == 1, "by the other one"
    asked.clear()
    assert keep(repository, REF, [second, first], told) == 0
    assert asked == ["keep", "document"]
    assert keep(repository, REF, [replace(second, outcome="failed"), first], told) == 1


def too_old(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_told, "LISTED_FOR", 0)


def of_another_release(kept: Path, _: pytest.MonkeyPatch) -> None:
    spoilt(kept, json.dumps(["another", time.time(), {}]).encode())


def of_no_shape(kept: Path, _: pytest.MonkeyPatch) -> None:
    spoilt(kept, b"[[[1]]]")


def spoilt(kept: Path, content: bytes) -> None:
    head = {"etag": '"archived"', "link": "", "sha256": hashlib.sha256(content).hexdigest()}
    kept.write_bytes(json.dumps(head).encode() + b"\n" + content)


@pytest.mark.parametrize("odd", [too_old, of_another_release, of_no_shape])
def test_what_was_taken_away_is_written_again_where_the_machine_does_not_know_of_it(
    repository: WritableChartRepository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    odd: Callable[[Path, pytest.MonkeyPatch], None],
) -> None:
    told = Told(tmp_path / "archived")
    assert keep(repository, REF, [ENTRY], told) == 1
    (tmp_path / archiving.folder(REF) / archiving.name(ENTRY)).unlink()
    assert keep(repository, REF, [ENTRY], told) == 0
    (kept,) = (tmp_path / "archived").iterdir()
    odd(kept, monkeypatch)
    assert keep(repository, REF, [ENTRY], told) == 1


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [
        pytest.param("READ_LIMIT", 10, "10 releases longer ago not shown: 10 are read", id="count"),
        pytest.param("BYTES_LIMIT", 1, "12 releases longer ago not shown", id="bytes"),
    ],
)
def test_a_huge_archive_is_read_to_a_limit_that_is_said(
    limit: str, value: int, said: str, repository: WritableChartRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(repository, REF, entries(20))
    monkeypatch.setattr(release_archive, limit, value)
    trouble: list[str] = []
    found, _ = ReleaseArchive(repository).read(REF, trouble)
    assert max(each.revision for each in found) == 20
    assert len(found) < 20
    assert [each for each in trouble if each.startswith(said)]


def test_of_the_newest_no_more_is_read(repository: WritableChartRepository) -> None:
    keep(repository, REF, entries(20))
    trouble: list[str] = []
    archive = ReleaseArchive(repository)
    found, beside = archive.read(REF, trouble, newest=3)
    assert (sorted(each.revision for each in found), beside, trouble) == ([18, 19, 20], 17, [])


def test_no_more_is_remembered_than_a_limit(
    repository: WritableChartRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release_archive, "KNOWN_LIMIT", 5)
    keep(repository, REF, entries(20))
    archive = ReleaseArchive(repository)
    archive.read(REF, [])
    assert len(archive._known) == 5


def test_no_more_names_are_listed_than_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_store, "NAMES_LIMIT", 10)
    asked: list[int] = []

    def pages(**_: object) -> Iterator[dict[str, list[dict[str, str]]]]:
        for at in count():
            asked.append(at)
            yield {"Contents": [{"Key": f"releases/{at}-{each}.json"} for each in range(4)]}

    bucket = S3Store("s3://b", S3Credentials("http://127.0.0.1:9", "id", "secret"))
    paginator = SimpleNamespace(paginate=pages)
    monkeypatch.setattr(bucket, "_s3", SimpleNamespace(get_paginator=lambda _: paginator))
    with pytest.raises(BadInput, match="more than 10 files are there"):
        bucket.names("releases/")
    assert asked == [0, 1, 2]

"""What is kept of releases among objects that anybody with the bucket may have written."""

from collections.abc import Iterator
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
from headway.workspace import release_archive
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

"""What is kept of a release, written and read back; and what is not taken for it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from headway.errors import BadInput
from headway.formats import archived_release
from headway.model.release_history import HistoryEntry, HistoryImage, ServiceChart

ENTRY = HistoryEntry(
    7,
    "0.1.0",
    "rollback",
    chart="shop",
    outcome="passed",
    by="Ada",
    why="it is slow",
    started_at=datetime(2026, 11, 23, 12, 0, 0, 5, tzinfo=UTC),
    images=(HistoryImage("r.example/cart", "main-1a2b3c4", commit="1a2b3c4"),),
    charts=(ServiceChart("cart", "1.0.0"),),
    run="a-run",
)


def test_it_is_read_back() -> None:
    assert archived_release.read(archived_release.serialise(ENTRY), "it") == ENTRY
    assert json.loads(archived_release.serialise(ENTRY))["schema"] == 1


def test_what_is_of_the_moment_is_not_kept() -> None:
    written = archived_release.serialise(HistoryEntry(1, "1", "release", in_helm=True, archived=True))
    assert {"in_helm", "archived"}.isdisjoint(json.loads(written))


def test_a_long_reason_is_cut() -> None:
    written = archived_release.serialise(HistoryEntry(1, "1", "release", reason="x" * 10_000))
    assert len(written) < 4000


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"schema": 2}, id="a newer schema"),
        pytest.param({"revision": "many"}, id="no number"),
        pytest.param({"kind": "conquest"}, id="no such kind"),
        pytest.param({"version": None}, id="no version"),
        pytest.param({"started_at": "yesterday"}, id="no time"),
        pytest.param({"ended_at": "0001-01-01T00:00:00+14:00"}, id="a time before all that UTC can say"),
        pytest.param({"ended_at": "9999-12-31T23:59:59-14:00"}, id="a time after it"),
        pytest.param({"ended_at": "0001-01-02T00:00:00Z"}, id="a time that nobody could have seen"),
        pytest.param({"images": [{"tag": "1"}]}, id="an image without a repository"),
        pytest.param({"images": "all"}, id="no list"),
    ],
)
def test_anything_else_is_refused(change: dict[str, Any]) -> None:
    document = json.loads(archived_release.serialise(ENTRY)) | change
    with pytest.raises(BadInput, match=r"^it: "):
        archived_release.read(json.dumps(document).encode(), "it")


def test_what_a_newer_headway_adds_is_passed_over_and_a_time_without_a_zone_is_utc() -> None:
    document = json.loads(archived_release.serialise(ENTRY)) | {"more": 1, "in_helm": True}
    document["started_at"] = "2026-11-23T12:00:00.000005"
    assert archived_release.read(json.dumps(document).encode(), "it") == ENTRY

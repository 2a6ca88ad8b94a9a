"""Indexes of third parties: read as Helm reads them, written again as JSON that everybody reads."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headway.clients.chart_repository import fetching
from headway.clients.kept_packages import KeptPackages
from headway.errors import BadInput
from headway.formats import chart_index
from headway.model.charts import ChartEntry

ENTRY = "{version: 1.0.0, digest: abc, urls: [a.tgz]"


def parsed(text: str) -> chart_index.Index:
    return chart_index.parse(text.encode(), "index.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "{entries: {a: [5]}}",
        "entries: 5",
        "entries: [a]",
        "entries: {a: {b: 1}}",
        "entries: {a: 1}",
        "5",
        "[]",
        "entries: {[a]: []}",
        "entries: {a: []}\nannotations: [1]",
        "entries: {a: []}\ngenerated: .inf",
        '{"entries": {"a": [{"version": "\\ud800"}]}}',
        '{"entries": NaN}',
        "{",
    ],
)
def test_is_no_index(text: str) -> None:
    with pytest.raises(BadInput, match=r"^index.yaml: not an index"):
        parsed(text)


@pytest.mark.parametrize(
    "text",
    [
        "entries: {1: [], no: []}",
        "entries: {a: , b: [~], c: [{}, null]}",
        "{apiVersion: v1, entries: {a: []}}",
        "entries: {a: []}\nannotations: {1: a, 2026-01-01: b}",
        "entries: {a: []}\ngenerated: 2026-01-01\nserverInfo: {1: 2}",
        "entries: {a: []}\nsome: !!set {b}\nmore: !!binary YQ==",
        f"entries: {{a: [{ENTRY}, created: 2026-01-01, keywords: [2026-01-01]}}]}}",
        f"entries: {{a: [{ENTRY}, annotations: [1]}}]}}",
        f"entries: {{a: [{ENTRY}, annotations: {{1: 2}}, created: word}}]}}",
        "entries: {a: [{}, {version: 1}, {version: 1.0.0}, {version: 1.0.0, urls: []}, {version: 1.0.0, urls: 5}]}",
        "entries: {a: [{version: 1.0.0, digest: 5, urls: [a]}, {version: 1.0.0, digest: a, urls: [5]}]}",
    ],
)
def test_is_read_and_written_as_json(text: str) -> None:
    index = parsed(text)
    chart_index.versions(index, "a")
    chart_index.pinned_charts(index)
    written = chart_index.serialise(index)
    assert json.loads(written)["entries"].keys() == index.entries.keys()
    assert chart_index.serialise(chart_index.parse(written, "index.yaml")) == written


def test_a_day_alone_is_a_time() -> None:
    (entry,) = chart_index.versions(parsed(f"entries: {{a: [{ENTRY}, created: 2026-01-01}}]}}"), "a")
    assert entry.created == datetime(2026, 1, 1, tzinfo=UTC)


class Without:
    """A repository whose index names no digests."""

    url = "https://charts.example.com"

    def entry(self, name: str, version: str) -> ChartEntry | None:
        return chart_index.find(parsed("entries: {a: [{version: 1.0.0, urls: [a.tgz]}]}"), name, version)


def test_a_version_without_a_digest_is_named_as_such(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fetching, "open_public_repository", lambda _: Without())
    with pytest.raises(BadInput, match=r"its index names no digest of a 1.0.0"):
        fetching.fetch("https://charts.example.com", "a", "1.0.0", kept=KeptPackages(tmp_path))

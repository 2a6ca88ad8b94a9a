"""The same of JSON: release records, indexes, answers of registries and API servers, annotations."""

from collections.abc import Callable
from typing import Any

import pytest

from headway.clients.kubernetes import api
from headway.clients.registry import answers
from headway.errors import BadInput
from headway.formats import (
    archived_release,
    chart_index,
    image_record,
    json_limits,
    pinned_charts,
    record_json,
)
from headway.model.charts import CHARTS_ANNOTATION, IMAGES_ANNOTATION

READERS: dict[str, Callable[[str], Any]] = {
    "release record": record_json.read,
    "archived release": lambda text: archived_release.read(text.encode(), "it"),
    "index": lambda text: chart_index.parse(text.encode(), "index.yaml"),
    "registry": lambda text: answers.parsed(text.encode(), "https://registry.example.com"),
    "API server": lambda text: api._parsed(text.encode(), "https://api.example.com"),
}
HOSTILE = {
    "deep lists, never closed": '{"a": ' + "[" * 100_000,
    "deep lists": '{"a": ' + "[" * 500 + "]" * 500 + "}",
    "deep objects": '{"a": ' * 500 + "1" + "}" * 500,
    "half a character": '{"a": "\\ud800"}',
    "a number of 5000 digits": '{"a": ' + "9" * 5000 + "}",
    "nothing": "{",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_every_reader_refuses(read: Callable[[str], Any], text: str) -> None:
    with pytest.raises(BadInput):
        read(text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_annotations_of_others_are_not_known(text: str) -> None:
    assert image_record.read({"annotations": {IMAGES_ANNOTATION: text}}) == ()
    assert pinned_charts.read({"annotations": {CHARTS_ANNOTATION: text}}) == {}


def test_what_is_at_the_limit_is_read() -> None:
    levels = json_limits.DEPTH
    assert json_limits.load("[" * levels + "]" * levels)
    with pytest.raises(ValueError, match=f"deeper than {levels} levels"):
        json_limits.load("[" * (levels + 1) + "]" * (levels + 1))


@pytest.mark.parametrize("values", ["{}," * 4 + "{}", "[]," * 4 + "[]", "1," * 9 + "1", '"é",' * 9 + '"é"'])
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_many_small_values_are_not_read(
    read: Callable[[str], Any], values: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_limits, "VALUES", 8)
    with pytest.raises(BadInput):
        read(f'{{"entries": [{values}]}}')
    assert json_limits.load('{"a": [1, 2, 3]}') == {"a": [1, 2, 3]}
    with pytest.raises(ValueError, match="more than 8 values"):
        json_limits.load(f"[{values}]")


def test_a_whole_character_may_be_written_in_halves() -> None:
    assert json_limits.load(rb'"\ud83d\ude00"') == "\U0001f600"

"""The chart repository's invented past looks to Headway and to helm like one that was published."""

from bench.chart_history import _entry, _json, _yaml
from headway.formats import chart_index
from headway.formats.chart_index import Index

REAL = {
    "name": "shop",
    "version": "0.1.0",
    "digest": "ab",
    "urls": ["shop-0.1.0.tgz"],
    "annotations": {"a": "b"},
}


def test_json_and_yaml_say_the_same() -> None:
    index = Index({"shop": (REAL, _entry(REAL, "shop", 2), _entry(REAL, "shop", 1))})
    listed = [chart_index.versions(chart_index.parse(form(index), ""), "shop") for form in (_json, _yaml)]
    assert listed[0] == listed[1]
    assert [entry.version for entry in listed[0]] == ["0.1.0", "0.0.2", "0.0.1"]
    assert len({entry.digest for entry in listed[0]}) == 3


def test_yaml_has_no_anchors_which_helm_would_not_write() -> None:
    index = Index({"shop": (_entry(REAL, "shop", 2), _entry(REAL, "shop", 1))})
    assert b"&id" not in _yaml(index)

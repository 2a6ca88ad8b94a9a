"""The index as Helm reads it, and sameness of charts."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from headway.errors import BadInput
from headway.formats import chart_index, pinned_charts
from headway.formats.chart_annotations import annotated
from headway.formats.chart_lock import Locked
from headway.formats.content_digest import content_digest, read_metadata
from headway.model.charts import CHARTS_ANNOTATION, IMAGES_ANNOTATION, Package
from tests.clients.packages import package

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
YAML = b"""\
apiVersion: v1
entries:
  web:
  - {version: 1.0.0, digest: abc, urls: [web-1.0.0.tgz], created: 2026-01-02T03:04:05.123456789Z, x: kept}
  - {version: 0.9.0, urls: [web-0.9.0.tgz]}
generated: 2026-01-02T03:04:05Z
serverInfo: {contextPath: /x}
"""


def test_annotations_of_a_version_that_are_no_mapping_are_none() -> None:
    index = chart_index.parse(YAML.replace(b"x: kept", b"annotations: [a]"), "index")
    assert [entry.annotations for entry in chart_index.versions(index, "web")] == [{}, {}]


def test_yaml_is_read_json_is_written_and_what_is_unknown_is_kept() -> None:
    index = chart_index.parse(YAML, "index")
    data = chart_index.serialise(chart_index.insert(index, package(version="1.1.0"), created=NOW))
    assert data.startswith(b'{"apiVersion":"v1"')
    again = chart_index.parse(data, "index")
    assert [entry.version for entry in chart_index.versions(again, "web")] == ["1.1.0", "1.0.0", "0.9.0"]
    assert again.entries["web"][1]["x"] == "kept"
    assert again.rest["serverInfo"] == {"contextPath": "/x"}
    assert again.rest["generated"] == "2026-11-23T10:00:00Z"
    found = chart_index.find(again, "web", "1.1.0")
    assert found
    assert (found.url, found.created, found.digest) == ("web-1.1.0.tgz", NOW, package(version="1.1.0").digest)


def holding(version: str, pins: dict[str, str], **more: str) -> Package:
    """A package that says so of itself."""
    annotations = pinned_charts.annotations(pins) | more
    found = package("shop", version)
    return replace(found, metadata={**found.metadata, "annotations": annotations})


REDIS = "https://charts.example.com/redis-1.0.0"


def test_third_parties_charts_are_pinned_once_and_the_first_content_stays() -> None:
    index = chart_index.insert(chart_index.Index(), holding("1.0.0", {REDIS: A}), created=NOW)
    index = chart_index.insert(index, holding("1.1.0", {REDIS: B, f"{REDIS}1": B}), created=NOW)
    index = chart_index.parse(chart_index.serialise(index), "index")
    assert chart_index.pinned_charts(index) == {REDIS: A, f"{REDIS}1": B}
    withdrawn = chart_index.withdraw(index, "shop", "1.0.0", package("shop", "1.0.0").digest)
    assert withdrawn
    assert chart_index.pinned_charts(withdrawn) == chart_index.pinned_charts(index)
    assert chart_index.pinned_charts(chart_index.Index()) == {}


def test_what_grows_with_every_version_is_not_in_its_entry() -> None:
    one = holding("1.0.0", {REDIS: A}, **{IMAGES_ANNOTATION: "[]", "headway.dev/commit": "abc"})
    index = chart_index.insert(chart_index.Index(), one, created=NOW)
    (entry,) = chart_index.versions(index, "shop")
    assert entry.annotations == {
        "headway.dev/commit": "abc",
        "headway.dev/content-digest": one.content_digest,
    }


@pytest.mark.parametrize(
    "text", [None, "", "[]", "1", '{"x": 1}', '{"x": "latest"}'], ids=lambda text: repr(text)
)
def test_pins_that_headway_did_not_write_are_none(text: str | None) -> None:
    annotations = {} if text is None else {CHARTS_ANNOTATION: text}
    assert pinned_charts.read({"annotations": annotations}) == {}


def test_a_chart_is_pinned_by_where_it_comes_from() -> None:
    assert pinned_charts.address(Locked("redis", "1.0.0", "https://charts.example.com/")) == REDIS


@pytest.mark.parametrize(
    ("present", "new", "order"),
    [
        (["2.0.0", "1.0.0"], "3.0.0", ["3.0.0", "2.0.0", "1.0.0"]),
        (["10.0.0", "9.0.0"], "9.5.0", ["10.0.0", "9.5.0", "9.0.0"]),
        (["1.0.0"], "1.0.0-rc.1", ["1.0.0", "1.0.0-rc.1"]),
        ([], "1.0.0", ["1.0.0"]),
    ],
)
def test_versions_stand_newest_first(present: list[str], new: str, order: list[str]) -> None:
    index = chart_index.Index()
    for version in [*reversed(present), new]:
        index = chart_index.insert(index, package(version=version), created=NOW)
    assert [entry.version for entry in chart_index.versions(index, "web")] == order


def test_only_the_very_package_is_withdrawn_and_it_is_remembered() -> None:
    one = package()
    index = chart_index.insert(chart_index.Index(), one, created=NOW)
    assert chart_index.withdraw(index, "web", "1.0.0", "sha256:other") is None
    assert chart_index.withdraw(index, "web", "9.9.9", one.digest) is None
    left = chart_index.withdraw(index, "web", "1.0.0", one.digest)
    assert left
    assert chart_index.versions(left, "web") == []
    reread = chart_index.parse(chart_index.serialise(left), "index")
    assert chart_index.withdrawn_digest(reread, "web", "1.0.0") == one.digest
    assert chart_index.withdrawn_digest(reread, "web", "1.0.1") == ""


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"<html>Please log in</html>", id="a web page"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b"entries: [a]", id="entries that are no mapping"),
        pytest.param(b"entries: {web: 1}", id="versions that are no list"),
        pytest.param(b"annotations: [a]\nentries: {}", id="annotations that are no mapping"),
        pytest.param(b"a: b: c", id="no YAML"),
        pytest.param(b"\xff\xfe\x00", id="no text"),
    ],
)
def test_what_is_no_index_is_bad_input_naming_the_file(data: bytes) -> None:
    with pytest.raises(BadInput, match=r"s3://b/index.yaml"):
        chart_index.parse(data, "s3://b/index.yaml")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        pytest.param(package(commit="abc"), True, id="provenance"),
        pytest.param(package(text="bye"), False, id="a value"),
        pytest.param(package(version="1.0.1"), False, id="the version"),
    ],
)
def test_content_is_everything_but_provenance(other: object, same: bool) -> None:
    one = package()
    assert (one.content_digest == other.content_digest) is same  # type: ignore[attr-defined]
    assert one.digest != other.digest  # type: ignore[attr-defined]


def test_the_content_digest_tells_paths_from_contents() -> None:
    chart = {"Chart.yaml": b"name: a\nversion: 1.0.0\n"}
    assert content_digest({**chart, "a": b"b", "c": b""}) != content_digest({**chart, "a": b"", "c": b"b"})
    assert content_digest({**chart, "x": b"1"}) == content_digest({"x": b"1", **chart})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: a\nv: 1.10\n", 'name: a\nv: 1.10\nannotations:\n  "h/c": "1"\n'),
        ("name: a", 'name: a\nannotations:\n  "h/c": "1"\n'),
        ("name: a\nx: |\n 0", 'name: a\nannotations:\n  "h/c": "1"\nx: |\n 0'),
        ("x:\n- >-\n  0", 'annotations:\n  "h/c": "1"\nx:\n- >-\n  0'),
        ("name: a # why\n# end\n", 'name: a # why\n# end\nannotations:\n  "h/c": "1"\n'),
        ("annotations:\n    x: yes\nname: a\n", 'annotations:\n    "h/c": "1"\n    x: yes\nname: a\n'),
        ("annotations: {x: y}\n", 'annotations: {"h/c": "1", x: y}\n'),
        ("annotations: {}\n", 'annotations: {"h/c": "1"}\n'),
        ("annotations:\nname: a\n", 'annotations: {"h/c": "1"}\nname: a\n'),
        ("annotations: ~\nname: a\n", 'annotations: {"h/c": "1"}\nname: a\n'),
        ("  name: a\n  v: 1\n", '  name: a\n  v: 1\n  annotations:\n    "h/c": "1"\n'),
    ],
    ids=[
        "none",
        "no newline",
        "a block without its end",
        "below a key",
        "comment last",
        "block",
        "flow",
        "empty flow",
        "nothing",
        "null",
        "indented",
    ],
)
def test_annotations_are_added_and_every_other_byte_stays(text: str, expected: str) -> None:
    assert annotated(text, {"h/c": "1"}, "Chart.yaml") == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("annotations: [a]\n", "Chart.yaml:1: `annotations` is not a mapping"),
        (
            "name: a\nannotations:\n  headway.dev/commit: x\n",
            "Chart.yaml:3: the annotation headway.dev/commit",
        ),
        (
            "annotations: {a: b}\nname: a\nannotations: {headway.dev/commit: x}\n",
            "Chart.yaml:3: `annotations` stands twice",
        ),
        ("annotations: {~: b, headway.dev/commit: x}\n", "Chart.yaml:1: the annotation headway.dev/commit"),
        (
            "x: &x {headway.dev/commit: x}\nannotations:\n  <<: *x\n",
            "Chart.yaml:2: the annotation headway.dev/commit",
        ),
        (
            "x: &x {annotations: {headway.dev/commit: x}}\n<<: *x\n",
            "Chart.yaml:1: the annotation headway.dev/commit",
        ),
        ("a: b: c", "not YAML"),
    ],
)
def test_annotations_that_cannot_be_added(text: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        annotated(text, {"h/c": "1"}, "Chart.yaml")


@pytest.mark.parametrize("text", ["[]", "name: a", "name: a\nversion: 1.0\n", "version: 1.0.0\n", "a: b: c"])
def test_chart_yaml_needs_name_and_version(text: str) -> None:
    with pytest.raises(BadInput, match=r"here/Chart.yaml"):
        read_metadata(text.encode(), "here/Chart.yaml")

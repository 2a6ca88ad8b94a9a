"""An index chart by chart says what the whole one says, whatever it holds and however it is changed; and it reads less."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.errors import BadInput
from headway.formats import chart_index, json_limits, written_index
from headway.formats.chart_index import Index
from headway.formats.written_index import WrittenIndex
from headway.model.charts import Package
from tests.clients.packages import package

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
HARD = (
    '"',
    "\\",
    '":',
    '],"b":[',
    '"entries":{',
    "}}\n",
    "é",
    "\u2028",
    "\x00",
    '{"version":"1.0.0"}',
    "😀",
    "",
)
"""Texts that look like what stands around them."""
_texts = st.one_of(st.sampled_from(HARD), st.text(max_size=5))
_values = st.one_of(
    _texts, st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), st.none()
)
_more = st.dictionaries(
    _texts, st.one_of(_values, st.lists(_values, max_size=2), st.dictionaries(_texts, _values, max_size=2))
)
_versions = st.sampled_from(("1.0.0", "0.9.0", "2.0.0-rc.1", "10.0.0", "v1", "", "a"))
_version = st.builds(
    lambda more, version, urls: {**more, "version": version, "urls": urls, "digest": "0" * 64},
    _more,
    _versions,
    st.sampled_from(([], ["web.tgz"], None)),
)
_names = st.one_of(st.sampled_from(("web", "a", "b", "entries")), _texts)
_rests = st.builds(
    lambda more, noted: (
        {key: value for key, value in more.items() if key not in ("entries", "annotations")} | noted
    ),
    _more,
    st.sampled_from(({}, {"annotations": {"headway.dev/withdrawn.web-0.1.0": "x"}}, {"annotations": None})),
)
_indexes = st.builds(
    lambda charts, rest: Index({name: tuple(found) for name, found in charts.items()}, rest),
    st.dictionaries(_names, st.lists(_version, max_size=4), max_size=5),
    _rests,
)
_packages = st.builds(
    package, st.sampled_from(("web", "a", "new")), st.sampled_from(("1.0.1", "0.1.0", "1.0.0", "11.0.0"))
)
some = settings(max_examples=100, deadline=None, derandomize=True, database=None)


def same(written: WrittenIndex, index: Index) -> None:
    """What it says and what it writes, also to a process that takes it from a file."""
    for each in (written, WrittenIndex.restored(written.kept())):
        assert each.data == chart_index.serialise(index)
        assert each.rest == index.rest
        for name in {*index.entries, "none"}:
            offered = chart_index.versions(index, name)
            for version in ("1.0.0", "9.9.9", "a"):
                assert each.find(name, version) == next((x for x in offered if x.version == version), None)
            assert each.versions(name) == offered
    assert chart_index.parse(written.data, "index.yaml").entries == dict(index.entries)


@some
@given(index=_indexes)
def test_it_says_the_same(index: Index) -> None:
    same(WrittenIndex.of(index), index)


@some
@given(index=_indexes, made=_packages)
def test_a_version_more_is_put_where_the_whole_has_it(index: Index, made: Package) -> None:
    inserted = WrittenIndex.of(index).insert(made, created=NOW)
    same(inserted, chart_index.insert(index, made, created=NOW))


@some
@given(index=_indexes, name=_names, version=_versions)
def test_a_version_is_taken_out_as_of_the_whole(index: Index, name: str, version: str) -> None:
    digest = f"sha256:{'0' * 64}"
    expected = chart_index.withdraw(index, name, version, digest)
    left = WrittenIndex.of(index).withdraw(name, version, digest)
    assert (left is None) == (expected is None)
    if left is not None and expected is not None:
        same(left, expected)


_CUTS = (
    b" ",
    b",",
    b"]",
    b"}",
    b'"',
    b"\\",
    b'"a":[],',
    b'],"b":[',
    b'"entries":{',
    b"}}\n",
    b"null",
    b"\xff",
    b"\\ud800",
    b"[",
)


@some
@given(
    before=_indexes,
    after=_indexes,
    shared=st.booleans(),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9), st.sampled_from(_CUTS)), max_size=2),
)
def test_what_comes_after_another_is_read_as_if_that_were_not_known(
    before: Index, after: Index, shared: bool, cuts: list[tuple[float, int, bytes]]
) -> None:
    """`cuts`: what somebody has done to the bytes."""
    now = Index({**before.entries, **after.entries}, after.rest) if shared else after
    data = chart_index.serialise(now)
    for where, length, put in cuts:
        at = int(where * len(data))
        data = data[:at] + put + data[at + length :]
    known = WrittenIndex.of(before)
    try:
        whole = chart_index.parse(data, "index.yaml")
    except BadInput:
        with pytest.raises(BadInput, match=r"^index\.yaml: not an index"):
            written_index.read(data, "index.yaml", known)
    else:
        same(written_index.read(data, "index.yaml", known), whole)


def entry(version: str, **more: Any) -> dict[str, Any]:
    return {"version": version, "urls": [f"web-{version}.tgz"], "digest": "0" * 64, **more}


FIVE = Index(
    {name: tuple(entry(f"1.{number}.0") for number in (2, 1, 0)) for name in ("a", "c", "e", "g", "i")}
)


@pytest.mark.parametrize(
    ("change", "read"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"c": (entry("1.3.0"), *FIVE.entries["c"])}, ["c"], id="a version more"),
        pytest.param({"i": (entry("1.3.0"), *FIVE.entries["i"])}, ["i"], id="of the last chart"),
        pytest.param(
            {"a": FIVE.entries["a"][1:], "g": FIVE.entries["g"][1:]}, ["a", "g"], id="two taken out"
        ),
        pytest.param({"d": (entry("1.0.0"),)}, ["d"], id="a chart more"),
        pytest.param({"z": (entry("1.0.0"),)}, ["z"], id="a chart behind all"),
        pytest.param({"é": (entry("1.0.0", description="Überall"),)}, ["é"], id="in other letters"),
        pytest.param({"e": None}, [], id="a chart less"),
        pytest.param({"i": None}, [], id="the last one less"),
    ],
)
def test_what_has_not_changed_is_not_read_again(
    change: dict[str, Any], read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = Index(
        {name: found for name, found in {**FIVE.entries, **change}.items() if found is not None},
        {"generated": "x"},
    )
    data, known = chart_index.serialise(now), WrittenIndex.of(FIVE)
    wholes: list[bytes] = []
    monkeypatch.setattr(chart_index, "parse", lambda data, _: wholes.append(data))
    parts: list[bytes] = []
    load = json_limits.load
    monkeypatch.setattr(json_limits, "load", lambda data: parts.append(data) or load(data))
    found = written_index.read(data, "index.yaml", known)
    monkeypatch.undo()
    assert wholes == []
    assert [each for each in parts if each.startswith(b"[")] == [
        chart_index.dumped(now.entries[name]) for name in read
    ]
    same(found, now)


A, C = (b'[{"version":"1.0.0","urls":["x"],"n":"%s"}]' % name for name in (b"a", b"c"))
KNOWN = b'{"apiVersion":"v1","entries":{"a":%s,"c":%s}}\n' % (A, C)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(KNOWN.replace(b'"a":%s,"c":%s' % (A, C), b'"c":%s,"a":%s' % (C, A)), id="another order"),
        pytest.param(KNOWN.replace(b'"c":', b'"a":[],"c":'), id="a chart twice"),
        pytest.param(KNOWN.replace(b'"c":', b'"b":[],"ba":[],"c":'), id="two charts more beside each other"),
        pytest.param(KNOWN.replace(b'"c":', b'"\\u0063":'), id="a name with an escape"),
        pytest.param(KNOWN.replace(b'"c":[', b'"c":[null,'), id="nothing among the versions"),
        pytest.param(KNOWN.replace(b'"c":[', b'"c":[ '), id="a blank in a chart"),
        pytest.param(KNOWN.replace(b'"c":[', b'"c": ['), id="a blank before a chart"),
        pytest.param(KNOWN.replace(b"{", b"{ ", 1), id="a blank in the head"),
        pytest.param(KNOWN.replace(b"{", b'{"apiVersion":"v0",', 1), id="a key twice"),
        pytest.param(KNOWN.replace(b"{", b'{"entries":{},', 1), id="charts twice"),
        pytest.param(
            KNOWN.replace(b"{", b'{"x":{"entries":{"c":[{}]}},', 1), id="charts somewhere else, too"
        ),
        pytest.param(KNOWN.replace(b"}}\n", b'},"annotations":{"k":"v"}}\n'), id="more behind the charts"),
        pytest.param(KNOWN.replace(b"}}\n", b"}}"), id="without its last line end"),
        pytest.param(b'{"entries":{}}\n', id="no chart any more"),
        pytest.param(KNOWN.replace(b"}}\n", b",}}\n"), id="a comma too many, which YAML takes"),
        pytest.param(b'apiVersion: v1\nentries: {"c":%s}\n' % C, id="YAML"),
    ],
)
def test_what_is_written_otherwise_is_read_as_a_whole(data: bytes) -> None:
    known = written_index.read(KNOWN, "index.yaml")
    same(written_index.read(data, "index.yaml", known), chart_index.parse(data, "index.yaml"))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(KNOWN[: len(KNOWN) // 2], id="cut off"),
        pytest.param(KNOWN.replace(b"]}", b"]]}"), id="a bracket too many"),
        pytest.param(KNOWN.replace(b',"c":', b'"c":'), id="a comma less"),
        pytest.param(KNOWN.replace(b'"c":', b'"c":5,"d":'), id="a chart that is a number"),
        pytest.param(KNOWN.replace(b"{", b'{"annotations":[1],', 1), id="annotations that are none"),
    ],
)
def test_what_is_no_index_any_more_is_none(data: bytes) -> None:
    with pytest.raises(BadInput, match=r"^index\.yaml: not an index"):
        written_index.read(data, "index.yaml", written_index.read(KNOWN, "index.yaml"))


def test_too_much_is_too_much_also_where_little_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    known = WrittenIndex.of(FIVE)
    monkeypatch.setattr(json_limits, "VALUES", 50)
    with pytest.raises(BadInput, match="more than 50 values"):
        written_index.read(known.data, "index.yaml", known)


def test_neither_a_look_nor_a_publication_reads_other_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    known = WrittenIndex.restored(WrittenIndex.of(FIVE).kept())
    monkeypatch.setattr(chart_index, "versions", lambda _, name: read.append(name) or [])
    assert known.find("a", "9.0.0") is None
    assert (known.find("c", "1.2.0") or package()).version == "1.2.0", "the newest"
    known.insert(package("e", "1.3.0"), created=NOW)
    assert read == []
    known.versions("g")
    known.versions("g")
    assert read == ["g"]


def test_many_versions_of_one_chart() -> None:
    chance = random.Random(7)
    index, written = Index(), WrittenIndex.of(Index())
    for _ in range(300):
        made = package(version=f"{chance.randrange(9)}.{chance.randrange(99)}.{chance.randrange(9)}")
        if chart_index.find(index, "web", made.version) is None:
            index, written = chart_index.insert(index, made, created=NOW), written.insert(made, created=NOW)
    same(written, index)

"""A package is read whole, or refused with the reason: others upload packages, and repositories of third parties are theirs."""

import gzip
import tracemalloc

import pytest

from headway.errors import BadInput
from headway.formats import (
    chart_definitions,
    chart_lock,
    chart_package,
    chart_yaml,
    nested_charts,
    tar_members,
)
from tests.hostile import tars
from tests.hostile.tars import CHART, extended, extended_by, header, member, package, packed, prefixed

SPARSE = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "973000000"}
REFUSED = {
    "a size below zero": packed(header("a/Chart.yaml", -1024)),
    "a size below zero, of a long name": packed(header("a", -1024, b"L")),
    "a size below zero, of a pax header": packed(header("a", -1024, b"x")),
    "a size below zero, in a pax header": packed(extended({"size": "-1024"})),
    "a size beyond memory": packed(header("a/Chart.yaml", 2**80)),
    "a size that is no number": packed(header("a/Chart.yaml", b"words words ")),
    "a size beyond the end": packed(header("a/Chart.yaml", 10_000)),
    "a sparse file of pax": packed(extended({**SPARSE, "GNU.sparse.name": "a/x"}, content=b"1\n0\n0\n")),
    "a sparse file of an older pax": packed(extended({"GNU.sparse.map": "0,0", "GNU.sparse.size": "9" * 9})),
    "a sparse file of GNU": packed(member("a/x", b"", b"S")),
    "a sparse map of words": packed(extended({"GNU.sparse.map": "x"})),
    "a chain of pax headers": packed(member("a", b"10 path=a\n", b"x") * 3000),
    "a header of 100 KB": packed(extended({f"k{number}": "x" for number in range(10_000)})),
    "a long name of 100 KB": packed(member("a", b"x" * 100_000, b"L") + member("a/x")),
    "many fields for all files": packed(tars.for_all(100), member("a/x")),
    "many headers for all files": packed(*(tars.for_all(1, start) for start in range(100)), member("a/x")),
    "a NUL in a name": packed(extended({"path": "a/b\0c"})),
    "a line break in a name": packed(extended({"path": "a/b\nc"})),
    "a name that is no UTF-8": packed(member(b"a/\xff", b"")),
    "a name without end": packed(extended({"path": "a/" + "x" * 5000})),
    "a separator of Windows": package([("a/b\\c", b"")]),
    "a name above the folder": package([("a/../../b", b"")]),
    "an absolute name": package([("/a/b", b"")]),
    "a file beside the folder": package([("b", b"")]),
    "a link": packed(member("a/x", b"", b"2")),
    "a device": packed(member("a/x", b"", b"3")),
    "a file that is a folder": package([("a/t", b""), ("a/t/x", b"")]),
    "a folder that is a file": package([("a/t/x", b""), ("a/t", b"")]),
    "a file twice": package([("a/t", b"1"), ("a/t", b"2")]),
    "a header behind which nobody looks": packed(member("a/Chart.yaml", CHART), b"x" * 512),
    "a gzip cut off": package()[:-10],
    "no gzip": b"x" * 100,
    "no tar": gzip.compress(b"x" * 2000),
    "nothing": b"",
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match=r"^cart.tgz: "):
        chart_package.files(data, "cart.tgz")


def test_folders_and_what_is_there_twice_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar_members, "COUNT_LIMIT", 20)
    for each in (member("a/b/", b"", b"5"), member("a/t")):
        assert chart_package.files(packed(each * 20)) in ({}, {"t": b""})
        with pytest.raises(BadInput, match="more than 20 files and folders"):
            chart_package.files(packed(each * 21))


HIDDEN = b"values.schema.json"
README = {"path": "a/README.md"}
ANOTHER_NAME = {
    "a name for all files": [tars.for_all(1, path="a/README.md"), member(b"a/" + HIDDEN, b"{}")],
    "pax behind pax": [extended_by(README), extended_by({"path": f"a/{HIDDEN.decode()}"}), member("a/q")],
    "GNU behind pax": [extended_by(README), member("l", b"a/" + HIDDEN + b"\0", b"L"), member("a/q")],
    "GNU behind GNU": [
        member("l", b"a/README.md\0", b"L"),
        member("l", b"a/" + HIDDEN + b"\0", b"L"),
        member("a/q"),
    ],
    "the name of a sparse file that is none": [
        extended_by({"GNU.sparse.name": "a/README.md"}),
        member(b"a/" + HIDDEN),
    ],
    "a folder before there was a format": [prefixed(b"a/" + HIDDEN, b"a/docs", bytes(8))],
    "a folder where GNU has times": [prefixed(b"a/" + HIDDEN, b"a/docs", b"ustar  \0")],
    "a folder of an older tar": [
        extended_by({"path": f"a/{HIDDEN.decode()}"}),
        header("a/", 512, b"\0") + header("a/x", 0, b"5"),
    ],
}


@pytest.mark.parametrize("parts", ANOTHER_NAME.values(), ids=ANOTHER_NAME)
def test_a_file_that_helm_reads_by_another_name_is_refused(parts: list[bytes]) -> None:
    """Else a schema that has Helm fetch files of the worker, or a definition, hides under README.md."""
    with pytest.raises(BadInput, match=r"^cart.tgz: not a chart package"):
        chart_package.files(packed(member("a/Chart.yaml", CHART), *parts), "cart.tgz")


@pytest.mark.story
def test_headers_are_not_kept_for_each_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar_members, "FILES_LIMIT", 4 * 2**20)
    fields = {f"k{number}": "x" for number in range(1000)}
    package = packed(*(extended(fields, f"a/{number}") for number in range(200)))
    tracemalloc.start()
    try:
        assert len(chart_package.files(package)) == 200
        assert tracemalloc.get_traced_memory()[1] < 12 * 2**20
    finally:
        tracemalloc.stop()


def test_a_comment_for_all_files_as_git_archive_writes_is_read() -> None:
    comment = tars.for_all(1, comment="0c1f")
    assert chart_package.files(packed(comment, extended({"mtime": "1.5"}, "a/x", b"1"))) == {"x": b"1"}


def test_what_is_large_only_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar_members, "FILES_LIMIT", 10_000)
    with pytest.raises(BadInput, match="unpacks to more than 10000 bytes"):
        chart_package.files(gzip.compress(bytes(10_001)))


def test_the_same_file_twice_is_one() -> None:
    assert chart_package.files(package([("a/t", b"1"), ("./a/u", b""), ("a/t", b"1")])) != {}


def test_headers_with_other_bytes_are_read_or_refused() -> None:
    for data in tars.mutants(600):
        try:
            chart_package.read_package(data)
        except BadInput:
            continue


NAMES = ["../../evil", "..", ".", "a/b", "/a", "a b", "a\\b", "a\n", "-\x00", "a" * 251, "é"]
VERSIONS = [
    "../1",
    "1.0.0/../..",
    "1 .0",
    "latest",
    "1.0.0\n",
    "1.2.3.4",
    "1.0.0-",
    "1." + "0" * 300,
    "1.0.0-01",
    f"1.{2**64}",
]
CHARTS = [
    *(pytest.param(name, "1.0.0", id=f"name {name[:12]!a}") for name in NAMES),
    *(pytest.param("a", version, id=f"version {version[:12]!a}") for version in VERSIONS),
]


@pytest.mark.parametrize(("name", "version"), CHARTS)
def test_a_name_or_version_that_helm_would_not_write_leads_nowhere(name: str, version: str) -> None:
    name, version = (ascii_quoted(each) for each in (name, version))
    with pytest.raises(BadInput, match=r"is not the name of a chart|is not a version"):
        chart_package.read_package(package(chart=f"name: {name}\nversion: {version}\n".encode()))
    with pytest.raises(BadInput, match=r"is not the name of a chart|is not a version"):
        chart_lock.read(f"dependencies: [{{name: {name}, version: {version}}}]")


def test_a_name_and_version_that_no_file_can_bear_are_refused() -> None:
    name, version = "a" * 200, "1.0.0-" + "b" * 100
    with pytest.raises(BadInput, match="longer than a file's name"):
        chart_package.read_package(package(chart=f"name: {name}\nversion: {version}\n".encode()))
    with pytest.raises(BadInput, match="longer than a file's name"):
        chart_lock.read(f"dependencies: [{{name: {name}, version: {version}}}]")


@pytest.mark.parametrize("name", NAMES)
def test_nor_does_one_in_chart_yaml(name: str) -> None:
    for text in (
        "name: {}\nversion: 1.0.0",
        "name: a\nversion: 1.0.0\ndependencies: [{{name: {}, version: '1'}}]",
    ):
        with pytest.raises(BadInput, match="is not the name of a chart"):
            chart_yaml.read(text.format(ascii_quoted(name)))


def test_an_alias_is_no_path() -> None:
    with pytest.raises(BadInput, match="is not an alias"):
        chart_yaml.read("name: a\nversion: 1.0.0\ndependencies: [{name: b, version: '1', alias: ../b}]")


@pytest.mark.parametrize("version", ["1.2", "v1.2.3", "1", "1.2.3-rc.1+build.5", "01.2.3"])
def test_versions_that_helm_takes_are_taken(version: str) -> None:
    read = chart_package.read_package(package(chart=f"name: a.b_c-D\nversion: '{version}'".encode()))
    assert read.file_name == f"a.b_c-D-{version}.tgz"


@pytest.mark.parametrize("written", ["5", "[1]", "{a: b}", "[[a]]"])
def test_dependencies_that_are_none(written: str) -> None:
    with pytest.raises(BadInput, match="dependencies are no list of mappings"):
        chart_package.read_package(package(chart=CHART + f"dependencies: {written}\n".encode()))


@pytest.mark.parametrize("written", ["5", "[1]", "{1: a}", "{a: !!binary YQ==}", "{a: !!set {b}}"])
def test_annotations_that_are_none(written: str) -> None:
    with pytest.raises(BadInput):
        chart_package.read_package(package(chart=CHART + f"annotations: {written}\n".encode()))


def ascii_quoted(text: str) -> str:
    return (
        '"'
        + "".join(each if each.isalnum() and each.isascii() else f"\\x{ord(each):02x}" for each in text)
        + '"'
    )


def test_packages_in_packages_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = package([("a/crds/a.yaml", b"{kind: A, metadata: {name: a}}")])
    for _ in range(nested_charts.LEVELS_LIMIT):
        inner = package([("a/charts/a.tgz", inner)])
    files = chart_package.files(inner)
    assert len(chart_definitions.of_files(files)) == 1
    with pytest.raises(BadInput, match="deeper than 20 levels"):
        chart_definitions.of_files({"charts/a.tgz": inner})
    monkeypatch.setattr(chart_package, "FILES_LIMIT", 1000)
    with pytest.raises(BadInput, match="unpack to more than 1000 bytes"):
        chart_definitions.of_files(files)


def test_many_small_packages_are_together_no_larger_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_package, "FILES_LIMIT", 1000)
    files = {f"charts/{number}.tgz": package([("a/t", b"x" * 400)]) for number in range(2)}
    assert chart_package.subcharts(files) == {("a", "1.0.0")}
    with pytest.raises(BadInput, match="unpack to more than 1000 bytes"):
        chart_package.subcharts({**files, "charts/2.tgz": files["charts/0.tgz"]})


@pytest.mark.parametrize(
    "chart",
    [
        "dependencies: 5",
        "dependencies: {a: 1}",
        "dependencies: [5, {name: a, tags: 5}]",
        "dependencies: [{name: a, tags: [[b], {c: d}, 5]}]",
        "dependencies: [{name: a, condition: {b: c}}]",
        "dependencies: [{name: a, condition: '...,,a..b'}]",
        "dependencies: [{name: [a], alias: 5}]",
    ],
)
def test_dependencies_of_other_shapes_bring_what_they_hold(chart: str) -> None:
    files = {
        "Chart.yaml": chart.encode(),
        "values.yaml": b"tags: [a]",
        "charts/a/Chart.yaml": b"{name: a}",
        "charts/a/crds/a.yaml": b"{kind: A, metadata: {name: a}}",
    }
    assert len(chart_definitions.of_files(files)) == 1

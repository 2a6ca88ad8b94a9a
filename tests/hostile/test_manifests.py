"""Manifests as Go reads them: whatever a chart renders, validation ends with findings."""

from typing import Any

import pytest

from headway.clients.kubernetes.schemas import manifest_schemas
from headway.errors import BadInput
from headway.formats import go_yaml, kubernetes_documents, manifests, yaml_limits
from headway.formats.go_yaml import GoLoader

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def findings(text: str) -> list[str]:
    return [each.what for each in manifest_schemas().check(text.encode()).findings]


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        pytest.param("{8080: web}", ["8080"], id="a number"),
        pytest.param("{yes: a, n: b}", ["true", "false"], id="booleans"),
        pytest.param("{1.5: a, 2.0: b}", ["1.5", "2"], id="fractions"),
        pytest.param("{0x10: a}", ["16"], id="hexadecimal"),
        pytest.param("{2026-01-01: a, 'y': b}", ["2026-01-01", "y"], id="texts"),
        pytest.param("{.inf: a, -.INF: b, .nan: c, 1e39: d}", [".inf", "-.inf", ".nan"], id="beyond 32 bits"),
        pytest.param(
            "{0.1: a, 1e-5: b, 1e6: c, 100000.5: d}",
            ["0.1", "1e-05", "1e+06", "100000.5"],
            id="as Go writes 32 bits",
        ),
        pytest.param("{!!binary YQ==: a}", ["a"], id="base64"),
    ],
)
def test_keys_are_text(written: str, keys: list[str]) -> None:
    assert findings(f"{HEAD}data: {written}\n") == []
    (found,) = kubernetes_documents.split(f"{HEAD}data: {written}\n", "manifests", "")
    assert list(found["data"]) == keys


@pytest.mark.parametrize(
    "written",
    [
        "{~: a}",
        "{[a]: b}",
        "{{a: b}: c}",
        f"{{{2**64 - 1}: a}}",
        "{a: .inf}",
        "{a: -.INF}",
        "{a: .nan}",
        "{a: !!int b}",
        "{a: !!int 1.5}",
        "{a: !!null b}",
        "{a: !!bool 1}",
        "{a: !!float b}",
        "{a: !!timestamp 2026-02-29}",
        "{a: !!timestamp b}",
        "{a: !!binary b}",
        "{<<: a}",
        "{<<: [a]}",
    ],
)
def test_what_json_has_not_is_no_manifest(written: str) -> None:
    assert findings(f"{HEAD}data: {written}\n")[0].startswith("not YAML")
    with pytest.raises(BadInput):
        list(kubernetes_documents.split(f"{HEAD}data: {written}\n", "manifests", ""))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *((each, True) for each in ("y", "Y", "yes", "On", "TRUE")),
        *((each, False) for each in ("n", "N", "No", "off", "FALSE")),
        *(
            (each, each)
            for each in ("yEs", "nO", "tRUE", "0o", "0b_", "+", "0xg", "1e400", "-1e400", "2026-01-01")
        ),
        ("0X1F", 31),
        ("0B11", 3),
        ("0O17", 15),
        ("017", 15),
        ("08", 8.0),
        ("-0x1f", -31),
        ("1_000", 1000),
        (str(2**64 - 1), 2**64 - 1),
        (str(2**64), float(2**64)),
        (hex(2**64), hex(2**64)),
        ("9" * 309, "9" * 309),
        ("9" * 5000, "9" * 5000),
        ("1e3", 1000.0),
        ("-_1", -1),
        ("_1", "_1"),
        ("1_0.5_0", 10.5),
        ("1_0e1_0", 1e11),
        (".1_0", 0.1),
        ("._1", "._1"),
        ("+5", 5),
        (f"+{2**63}", float(2**63)),
        (f"-{2**63}", -(2**63)),
        ("+0xffffffffffffffff", "+0xffffffffffffffff"),
        ("0b-11", -3),
        ("-0b-11", "-0b-11"),
        ("<<", "<<"),
        ("=", "="),
        ("!!int '5'", 5),
        ("!!float 5", 5.0),
        ("!!timestamp 2026-01-01", "2026-01-01"),
        ("!!binary aGk=", "hi"),
        ("!!binary /w==", "\ufffd"),
        ("!own 5", "5"),
        ("!!own y", "y"),
        ("!own [y]", [True]),
        ("!!set {a, b}", {"a": None, "b": None}),
        ("'y'", "y"),
        ("!!str n", "n"),
    ],
)
def test_scalars_as_go_reads_them(written: str, value: Any) -> None:
    found = yaml_limits.load(f"a: {written}", GoLoader)["a"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "merged"),
    [
        pytest.param("{x: &x {a: 1}, m: {a: 2, <<: *x}}", {"a": 1}, id="below what it overrides"),
        pytest.param("{x: &x {a: 1}, m: {<<: *x, a: 2}}", {"a": 2}, id="above what overrides it"),
        pytest.param("{m: {<<: [{a: 1}, {a: 2, b: 3}]}}", {"a": 1, "b": 3}, id="the first of several"),
        pytest.param("{m: {'<<': {a: 1}}}", {"<<": {"a": 1}}, id="none, since it is quoted"),
    ],
)
def test_what_is_merged_in_counts_where_it_stands(text: str, merged: object) -> None:
    assert yaml_limits.load(text, GoLoader)["m"] == merged


@pytest.mark.parametrize("value", ["y", "1e3", "0X1F", "9" * 20])
def test_a_text_that_is_none_is_found(value: str) -> None:
    assert findings(f"{HEAD}data: {{a: {value}}}\n") != []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{kind: List, items: 5}", "`items` of a List is no list"),
        ("{kind: List, items: [5]}", "not an object of Kubernetes"),
        ("{kind: List, items: " * 40 + "5" + "}" * 40, "`items` of a List is no list"),
        ("{kind: List, items: [" * 40 + "]}" * 40, None),
        ("{kind: List, items: [" * 900 + "]}" * 900, "not YAML: it is nested deeper than 100 levels"),
        ("{apiVersion: v1, kind: ConfigMap, metadata: 5}", "`metadata.name` is missing"),
        ("{apiVersion: v1, kind: ConfigMap, metadata: [a]}", "`metadata.name` is missing"),
        ("{apiVersion: [v1], kind: {a: b}}", "`apiVersion` or `kind` is missing"),
        ("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: {a: 1}}}", "spec.containers"),
        ("5", "not an object of Kubernetes"),
    ],
)
def test_objects_of_other_shapes_are_findings(text: str, says: str | None) -> None:
    found = findings(text)
    assert found == [] if says is None else found[0].startswith(says)


def test_an_item_of_a_list_is_checked_wherever_it_stands() -> None:
    text = "{kind: List, items: [{kind: List, items: [{apiVersion: v1, kind: Secret, metadata: {name: A}}]}]}"
    assert findings(text)[0].startswith("metadata.name: 'A' is not a name")
    assert len(manifests.split(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "y",
        "N",
        "yes",
        "1e3",
        "1e400",
        "0o17",
        "0X1F",
        "017",
        "08",
        "1_000",
        "2026-01-01",
        "12:30",
        "~",
        "",
        "=",
        "<<",
        "x",
        str(2**64),
        ".inf",
        "null",
        "a: b",
        "- a",
        "&a",
        "\x7f",
        "\u2028",
        "\ufeff",
        "💥",
    ],
)
def test_a_text_that_is_written_again_stays_one(text: str) -> None:
    written = go_yaml.dump_all([{"kind": "A", text: text}, {"kind": "B", "a": [text]}])
    assert manifests.documents(written) == [{"kind": "A", text: text}, {"kind": "B", "a": [text]}]

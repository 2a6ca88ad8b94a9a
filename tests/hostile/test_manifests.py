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
    ],
)
def test_keys_are_text(written: str, keys: list[str]) -> None:
    assert findings(f"{HEAD}data: {written}\n") == []
    (found,) = kubernetes_documents.split(f"{HEAD}data: {written}\n", "manifests", "")
    assert list(found["data"]) == keys


@pytest.mark.parametrize(
    "written", ["{~: a}", "{[a]: b}", "{{a: b}: c}", "{a: .inf}", "{a: -.INF}", "{a: .nan}"]
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
        ("'y'", "y"),
        ("!!str n", "n"),
    ],
)
def test_scalars_as_go_reads_them(written: str, value: Any) -> None:
    found = yaml_limits.load(f"a: {written}", GoLoader)["a"]
    assert (found, type(found)) == (value, type(value))


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

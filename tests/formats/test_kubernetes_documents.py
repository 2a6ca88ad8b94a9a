"""Texts of several resources, taken apart: what is in them, with scalars as Kubernetes reads them, and what is none."""

import json

import pytest

from headway.errors import BadInput
from headway.formats import kubernetes_documents


def names(text: str | bytes) -> list[str]:
    return [each["kind"] for each in kubernetes_documents.split(text, "a.yaml", "Correct it")]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("---\n# a comment\n---\nkind: A\n---\n", ["A"], id="one among empty ones"),
        pytest.param(b"kind: A\n---\nkind: B\n", ["A", "B"], id="two, as bytes"),
        pytest.param("{kind: List, items: [{kind: A}, {kind: B}]}", ["A", "B"], id="a List"),
        pytest.param("{kind: List, items: [{kind: List, items: [{kind: A}]}]}", ["A"], id="a List in a List"),
        pytest.param("{kind: List}", [], id="an empty List"),
        pytest.param("{kind: List, items: null}", [], id="a List of nothing"),
    ],
)
def test_what_is_in_it(text: str | bytes, kinds: list[str]) -> None:
    assert names(text) == kinds


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("a: [", "a.yaml: is not YAML", id="no YAML"),
        pytest.param("kind: A\n---\na: 1", "a.yaml, document 2: is not a Kubernetes resource", id="no kind"),
        pytest.param("one line", "a.yaml, document 1: is not a Kubernetes resource", id="a text"),
        pytest.param(
            "{kind: List, items: [{kind: A}, {a: 1}]}", "a.yaml, document 1, item 2: is not a", id="in a List"
        ),
        pytest.param("{kind: List, items: {a: 1}}", "a.yaml, document 1, item 1: is not a", id="no list"),
        pytest.param(
            "{kind: A, metadata: it}",
            "document 1: is not a Kubernetes resource: its metadata",
            id="no metadata",
        ),
        pytest.param("&a {kind: List, items: [*a]}", "a.yaml: is not YAML", id="a List in itself"),
        pytest.param("kind: A\nspec: &a [*a]", "a.yaml: is not YAML", id="what contains itself"),
        pytest.param(
            "kind: A\nspec: " + "[" * 5000 + "]" * 5000,
            "nested deeper than 100 levels",
            id="nested without an end",
        ),
        pytest.param("{kind: A, spec: !!float word}", "a.yaml: is not YAML", id="no number"),
        pytest.param("{kind: A, spec: !!bool word}", "a.yaml: is not YAML", id="neither true nor false"),
        pytest.param("{kind: A, spec: !!timestamp 2001-99-99}", "a.yaml: is not YAML", id="no day"),
    ],
)
def test_what_is_none_is_named(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says) as raised:
        names(text)
    assert str(raised.value).endswith("Correct it")


def test_the_same_object_may_stand_in_two_places() -> None:
    (found,) = kubernetes_documents.split(
        "{kind: A, one: &a {b: 1}, other: *a, more: {<<: *a}}", "a.yaml", ""
    )
    assert found["one"] == found["other"] == found["more"] == {"b": 1}


def test_scalars_are_read_as_kubernetes_reads_them() -> None:
    text = "{kind: A, day: 2026-01-01, time: 12:30:45, mode: 0644, many: 1e3, words: [0o, 0b_]}"
    (found,) = kubernetes_documents.split(text, "a.yaml", "")
    expected = {"day": "2026-01-01", "time": "12:30:45", "mode": 420, "many": 1000.0, "words": ["0o", "0b_"]}
    assert json.loads(json.dumps(found)) == {"kind": "A", **expected}, "a request can be made of it"

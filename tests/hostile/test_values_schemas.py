"""A chart's values.schema.json makes Helm fetch nothing: what would lead out of it is found before Helm is run."""

import json
from typing import Any

import pytest

from headway.formats import values_schemas
from tests.hostile.tars import package

OUT = "https://metadata.example.com/x"
DRAFTS = ("draft-04/", "draft-06/", "draft-07/", "draft/2019-09/", "draft/2020-12/", "")

OUTSIDE: dict[str, tuple[Any, str]] = {
    "a $ref by http": ({"$ref": OUT}, f"$ref: {OUT}"),
    "a file": ({"properties": {"a": {"$ref": "file:///etc/x.json"}}}, "$ref: file:///etc/x.json"),
    "a relative one": ({"allOf": [{"$ref": "other.json#/a"}]}, "$ref: other.json#/a"),
    "below an $id": ({"$id": f"{OUT}/", "$ref": "y"}, "$ref: y"),
    "a $dynamicRef": ({"$dynamicRef": OUT}, f"$dynamicRef: {OUT}"),
    "a $recursiveRef": ({"$recursiveRef": OUT}, f"$recursiveRef: {OUT}"),
    "a dialect of somebody's": ({"$schema": OUT}, f"$schema: {OUT}"),
    "one that begins as the known ones": (
        {"$schema": "https://json-schema.org/draft-07/schema/../../x"},
        "$schema: https://json-schema.org/draft-07/schema/../../x",
    ),
    "in what is a value": ({"default": {"$ref": OUT}}, f"$ref: {OUT}"),
}


@pytest.mark.parametrize(("schema", "found"), OUTSIDE.values(), ids=OUTSIDE.keys())
def test_what_leads_out_is_found(schema: Any, found: str) -> None:
    said = values_schemas.leading_outside({"values.schema.json": json.dumps(schema).encode()})
    assert said["values.schema.json"].startswith(f"{found} leads out of the schema, and Helm would fetch it;")


INSIDE: dict[str, Any] = {
    "a $ref into itself": {"$defs": {"a": {}}, "$ref": "#/$defs/a"},
    "an anchor": {"$ref": "#a"},
    "a property that is called so": {"properties": {"$ref": {"type": "string"}}},
    "a bare true": True,
    **{
        f"{scheme}://{draft}": {"$schema": f"{scheme}://json-schema.org/{draft}schema#"}
        for scheme in ("http", "https")
        for draft in DRAFTS
    },
}


@pytest.mark.parametrize("schema", INSIDE.values(), ids=INSIDE.keys())
def test_what_stays_inside_is_none(schema: Any) -> None:
    assert values_schemas.leading_outside({"values.schema.json": json.dumps(schema).encode()}) == {}


def test_charts_inside_are_looked_at_wherever_they_lie() -> None:
    schema = json.dumps({"$ref": OUT}).encode()
    inner = package([("a/values.schema.json", schema), ("a/charts/b/values.schema.json", schema)])
    found = values_schemas.leading_outside(
        {"charts/a-1.0.0.tgz": inner, "charts/c/values.schema.json": schema, "other.schema.json": schema}
    )
    assert [*found] == [
        "charts/c/values.schema.json",
        "charts/a-1.0.0.tgz/values.schema.json",
        "charts/a-1.0.0.tgz/charts/b/values.schema.json",
    ]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"{", id="no JSON"),
        pytest.param(b"[" * 100_000, id="a tower"),
        pytest.param(b'{"$ref": "#"} {"$ref": "x"}', id="two documents"),
        pytest.param(b"\xff", id="no text"),
    ],
)
def test_what_cannot_be_read_is_found_too(data: bytes) -> None:
    said = values_schemas.leading_outside({"values.schema.json": data})
    assert said["values.schema.json"].startswith("it cannot be read: ")


def test_of_a_key_that_stands_twice_the_last_one_counts_as_for_helm() -> None:
    data = f'{{"$ref": "#", "\\u0024ref": "{OUT}"}}'.encode()
    assert values_schemas.leading_outside({"values.schema.json": data})

"""What becomes of definitions in crds/, and which of their changes lose something."""

import copy
from typing import Any

import pytest

from headway.decide.review import definitions, irreversible
from headway.decide.review.definitions import FoundDefinition
from headway.formats.chart_definitions import Definition
from headway.formats.manifests import Key, Resource

SCHEMA: dict[str, Any] = {
    "properties": {
        "spec": {
            "properties": {
                "size": {"type": "integer"},
                "ports": {"type": "array", "items": {"properties": {"name": {}, "number": {}}}},
                "labels": {"additionalProperties": {"properties": {"value": {}}}},
            }
        }
    }
}


def crd(*versions: str, schema: dict[str, Any] = SCHEMA, **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com", **metadata},
        "spec": {
            "versions": [
                {"name": name, "served": True, "schema": {"openAPIV3Schema": schema}} for name in versions
            ]
        },
    }


def without(*path: str) -> dict[str, Any]:
    schema = copy.deepcopy(SCHEMA)
    place = schema
    for part in path[:-1]:
        place = place[part]
    del place[path[-1]]
    return schema


SPEC = ("properties", "spec", "properties")
DROPPED = "any more: what objects hold there is dropped when they are written"


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        pytest.param(crd("v1"), crd("v1"), [], id="the same"),
        pytest.param(crd("v1"), crd("v1", "v2"), [], id="a version more"),
        pytest.param(
            crd("v1alpha1", "v1"), crd("v1"), ["its version v1alpha1 is not served any more"], id="one less"
        ),
        pytest.param(
            crd("v1"),
            crd("v1", schema=without(*SPEC, "size")),
            [f"v1 has no spec.size {DROPPED}"],
            id="a field",
        ),
        pytest.param(crd("v1", schema=without(*SPEC, "size")), crd("v1"), [], id="a field more"),
        pytest.param(
            crd("v1"),
            crd("v1", schema=without(*SPEC, "ports", "items", "properties", "name")),
            [f"v1 has no spec.ports[].name {DROPPED}"],
            id="a field of items",
        ),
        pytest.param(
            crd("v1"),
            crd("v1", schema=without(*SPEC, "labels", "additionalProperties", "properties", "value")),
            [f"v1 has no spec.labels.*.value {DROPPED}"],
            id="a field of a map's values",
        ),
        pytest.param(
            crd("v1"), crd("v1", schema={"x-kubernetes-preserve-unknown-fields": True}), [], id="all is kept"
        ),
        pytest.param(crd("v1"), crd("v1", schema={"additionalProperties": {}}), [], id="any name is a field"),
        pytest.param(crd("v1"), {"kind": "ConfigMap"}, [], id="what is no definition"),
    ],
)
def test_what_is_lost(before: dict[str, Any], after: dict[str, Any], lost: list[str]) -> None:
    assert list(definitions.losses(before, after)) == lost


def test_a_definition_among_the_templates_says_it_too() -> None:
    key = Key("apiextensions.k8s.io", "CustomResourceDefinition", "", "widgets.example.com")
    said = irreversible.changes({key: Resource(key, crd("v1", "v2"))}, {key: Resource(key, crd("v1"))})
    assert "CustomResourceDefinition/widgets.example.com: its version v2 is not served any more." in said


LIVE = crd("v1", uid="1", resourceVersion="2")


@pytest.mark.parametrize(
    ("found", "says"),
    [
        pytest.param({}, "`{}` new (`crds/a.yaml`)", id="not there yet"),
        pytest.param({"live": LIVE, "applied": LIVE}, "`{}` unchanged (`crds/a.yaml`)", id="the same"),
        pytest.param(
            {"live": LIVE, "applied": {**LIVE, "status": {}, "metadata": {"name": "other server fields"}}},
            "`{}` unchanged (`crds/a.yaml`)",
            id="but for what the server writes",
        ),
        pytest.param(
            {"live": LIVE, "applied": crd("v2")}, "`{}` changed (`crds/a.yaml`)", id="another content"
        ),
        pytest.param(
            {"live": LIVE, "applied": crd("v1", labels={"a": "b"})},
            "`{}` changed (`crds/a.yaml`)",
            id="another label",
        ),
        pytest.param({"refused": "bad name"}, "`{}` new (`crds/a.yaml`): bad name", id="new, and refused"),
        pytest.param(
            {"live": crd("v2"), "refused": "its scope"},
            "`{}` changed (`crds/a.yaml`): its scope",
            id="changed, and refused",
        ),
        pytest.param({"unread": "forbidden"}, "`{}` unknown (`crds/a.yaml`): forbidden", id="not to be read"),
    ],
)
def test_what_becomes_of_it(found: dict[str, Any], says: str) -> None:
    definition = Definition("crds/a.yaml", crd("v1"))
    shown = definitions.change(FoundDefinition(definition, **found))
    assert str(shown) == says.format("CustomResourceDefinition/widgets.example.com")
    assert bool(shown.diff) == (shown.state == "changed")


@pytest.mark.parametrize(
    ("found", "brought"),
    [
        pytest.param({}, True, id="new"),
        pytest.param({"live": LIVE, "applied": LIVE}, False, id="unchanged"),
        pytest.param({"live": LIVE, "applied": crd("v2")}, True, id="changed"),
        pytest.param({"unread": "forbidden"}, False, id="not to be read, and served"),
        pytest.param({"unread": "forbidden", "served": False}, True, id="not to be read, and not served"),
    ],
)
def test_what_is_brought_in(found: dict[str, Any], brought: bool) -> None:
    definition = Definition("crds/a.yaml", crd("v1"))
    assert definitions.to_bring([FoundDefinition(definition, **found)]) == ((definition,) if brought else ())

"""What becomes of definitions in crds/, and which of their changes lose something."""

import copy
from typing import Any

import pytest

from headway.decide.review import definitions, irreversible
from headway.decide.review.definition_owner import MARK, Place, marked, owner
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
        pytest.param(
            {"live": LIVE, "applied": crd("v2"), "owner": "flux"},
            "`{}` changed (`crds/a.yaml`): crds/a.yaml has another definition than the cluster, and that one is kept by flux. "
            "With `crds: skip` it is left to them, for good; or release a version with the same definition",
            id="changed, and somebody else's",
        ),
        pytest.param(
            {
                "live": crd("v1", annotations={MARK: "shop/shop"}),
                "applied": crd("v2"),
                "owner": "the release shop/shop",
            },
            "`{}` changed (`crds/a.yaml`): crds/a.yaml has another definition than the cluster, and that one is kept by the "
            "release shop/shop. With `crds: skip` it is left to them, for good; or release a version with the same definition; "
            "where that release is gone, take headway.dev/release off the definition",
            id="changed, and of a release that may be gone",
        ),
        pytest.param(
            {"live": LIVE, "applied": crd("v1", annotations={MARK: "shop/shop"})},
            "`{}` unchanged (`crds/a.yaml`)",
            id="but for the mark of its release",
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
        pytest.param({"live": LIVE, "applied": crd("v2"), "owner": "flux"}, False, id="somebody else's"),
        pytest.param({"unread": "forbidden"}, False, id="not to be read, and served"),
        pytest.param({"unread": "forbidden", "served": False}, True, id="not to be read, and not served"),
    ],
)
def test_what_is_brought_in(found: dict[str, Any], brought: bool) -> None:
    definition = Definition("crds/a.yaml", crd("v1"))
    assert definitions.to_bring([FoundDefinition(definition, **found)]) == ((definition,) if brought else ())


SHOP = Place("shop-testing", "shop")


def helms(release: str, namespace: str = "shop-testing") -> dict[str, str]:
    return {"meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace}


@pytest.mark.parametrize(
    ("annotations", "managers", "installed", "whose"),
    [
        pytest.param({}, [], False, "", id="nobody's, or brought in before there was a mark"),
        pytest.param({MARK: "shop-testing/shop"}, [], True, "", id="ours"),
        pytest.param({MARK: "shop-testing/shop"}, ["kubectl-edit"], True, "", id="ours, edited by hand"),
        pytest.param({MARK: "shop-testing/shop"}, ["flux"], True, "flux", id="ours, and taken over"),
        pytest.param({MARK: "other/shop"}, [], True, "the release other/shop", id="another release's"),
        pytest.param(helms("shop"), ["helm"], True, "", id="a template of this release"),
        pytest.param(
            helms("queue"), ["helm"], True, "Helm's release shop-testing/queue", id="a template of another"
        ),
        pytest.param(
            helms("shop", "other"), ["helm"], True, "Helm's release other/shop", id="the same name elsewhere"
        ),
        pytest.param({}, ["helm"], True, "", id="brought by our first install, maybe"),
        pytest.param({}, ["helm"], False, "a release of Helm's", id="there before our first install"),
        pytest.param({}, ["kubectl"], True, "kubectl", id="a person's"),
        pytest.param({}, ["argocd", "flux"], True, "argocd, flux", id="two controllers'"),
    ],
)
def test_whose_a_definition_is(
    annotations: dict[str, str], managers: list[str], installed: bool, whose: str
) -> None:
    assert owner(crd("v1", annotations=annotations), managers, SHOP, installed=installed) == whose


def test_what_is_brought_in_bears_the_mark_of_its_release() -> None:
    definition = Definition("crds/a.yaml", crd("v1", annotations={"a": "b"}, labels={"c": "d"}))
    metadata = marked(definition, SHOP)["metadata"]
    assert metadata["annotations"] == {"a": "b", MARK: "shop-testing/shop"}
    assert (metadata["name"], metadata["labels"]) == ("widgets.example.com", {"c": "d"})
    assert owner(marked(definition, SHOP), [], SHOP, installed=False) == ""

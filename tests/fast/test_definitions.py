"""What a chart has in crds/ is brought in before Helm begins, at each release, where policy says so."""

import pytest

from flows.deliver import deliver
from headway.errors import Terminal
from tests.fast.conftest import MakeShop
from tests.fast.shop import Shop

PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com"
DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec: {group: example.com, names: {kind: Widget}, versions: [{name: v1, served: false, note: one}]}
"""


def notes(shop: Shop) -> list[str]:
    found = shop.cluster().store.find(PATH)
    return [version["note"] for version in found["spec"]["versions"]] if found else []


@pytest.mark.story
def test_it_is_brought_in_changed_and_left_when_its_file_goes(make_shop: MakeShop) -> None:
    shop = make_shop(delivered=True, environments=("testing",))
    shop.git.push({"crds/widgets.yaml": DEFINITION}, "Define widgets")
    shop.deliver_all()
    assert (shop.good()[0], notes(shop)) == ("0.1.1", ["one"])
    plan = shop.report("testing-plan")
    assert "- `CustomResourceDefinition/widgets.example.com` new (`crds/widgets.yaml`)" in plan
    shop.git.replace("crds/widgets.yaml", "note: one", "note: two")
    shop.deliver_all()
    assert (shop.good()[0], notes(shop)) == ("0.1.2", ["two"])
    assert "+    note: two" in shop.report("testing-plan")
    shop.git.push({"crds/widgets.yaml": None}, "Define no widgets")
    shop.deliver_all()
    assert (shop.good()[0], notes(shop)) == ("0.1.3", ["two"]), "none is ever deleted"


@pytest.mark.story
def test_it_is_left_to_somebody_else(make_shop: MakeShop) -> None:
    shop = make_shop(delivered=True, environments=("testing",), testing={"crds": "skip"})
    shop.git.push({"crds/widgets.yaml": DEFINITION}, "Define widgets")
    shop.deliver_all()
    assert (shop.good()[0], notes(shop)) == ("0.1.1", [])
    assert "crds: skip leaves them as they are" in shop.report("testing-plan")


def test_a_file_that_nobody_could_bring_in_is_not_published(make_shop: MakeShop) -> None:
    shop = make_shop(delivered=True, environments=("testing",))
    shop.git.push({"crds/widgets.yaml": DEFINITION.replace("spec: {", "spec: [{").replace("}]}", "}]}]")})
    with pytest.raises(Terminal, match=r"crds/widgets\.yaml: holds what is not a Kubernetes resource"):
        deliver(shop.name)
    assert shop.offered() == ["0.1.0"]

"""What of new inputs comes in next, as quarantine and release record of an application say it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headway.decide.supply.narrowing import Update
from headway.errors import Unreachable
from headway.formats import quarantine
from headway.model.quarantine import Input, QuarantinedInput
from headway.model.record import Good, Rejection, ReleaseRecord
from headway.workspace import new_inputs
from headway.workspace.application_source import ApplicationSource
from headway.workspace.new_inputs import NewInputs
from headway.workspace.service_look import ServiceLooks
from headway.workspace.workspace import Workspace
from tests.supplied_shop import REGISTRY, SuppliedShop

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CART, CATALOG = (Input("image", f"{REGISTRY}/shop/{name}", "main-2") for name in ("cart", "catalog"))
NEW = [Update(("cart",), frozenset([CART])), Update(("catalog",), frozenset([CATALOG]))]


@pytest.fixture
def shop(tmp_path: Path) -> SuppliedShop:
    """Version 0.1.0 is good, and a set of two was rejected since."""
    shop = SuppliedShop(tmp_path / "shop")
    shop.folder.mkdir()
    good = Good(revision=1, chart_digest="sha256:1", values_digest="", version="0.1.0", tested_at=NOW)
    record = ReleaseRecord(application="shop", environment="testing", release="shop", good=(good,))
    shop.begin().records["testing"] = record
    bar(shop, CATALOG)
    return shop


def bar(shop: SuppliedShop, *company: Input) -> None:
    entry = QuarantinedInput("image", CART.name, CART.version, "testing", "", "no", NOW, company)
    shop.push("application", {quarantine.PATH: quarantine.add(None, [entry])})


def use(shop: SuppliedShop, service: str, tag: str, version: str = "0.1.0") -> None:
    values, chart = shop.show("values.yaml"), shop.show("Chart.yaml")
    values = values.replace(f'{service}: {{image: {{tag: ""', f'{service}: {{image: {{tag: "{tag}"')
    shop.push(
        "application", {"values.yaml": f"{values}\n", "Chart.yaml": chart.replace("0.1.0", version, 1) + "\n"}
    )


def offered(shop: SuppliedShop, new: list[Update] = NEW) -> NewInputs:
    return new_inputs.offered(shop.workspace(), new)


def test_a_half_comes_in_and_the_rest_waits_for_its_result(shop: SuppliedShop) -> None:
    assert offered(shop).offer.services == {"cart"}
    use(shop, "cart", "main-1", "0.1.1")
    found = offered(shop)
    assert found.offer.updates == ()
    assert found.offer.waiting["cart"] == "waits for the result of 0.1.1"
    rejection = Rejection(chart_digest="sha256:2", version="0.1.1", reason="no", at=NOW)
    shop.records["testing"] = shop.records["testing"].model_copy(update={"rejections": (rejection,)})
    assert offered(shop).offer.services == {"cart"}


def test_what_is_left_is_named_once_the_others_are_good(shop: SuppliedShop) -> None:
    use(shop, "cart", "main-2", "0.1.1")
    undecided = offered(shop, NEW[1:])
    assert (undecided.offer.updates, undecided.barring.files) == ((), {})
    good = Good(revision=2, chart_digest="sha256:2", values_digest="", version="0.1.1", tested_at=NOW)
    shop.records["testing"] = shop.records["testing"].model_copy(update={"good": (good,)})
    found = offered(shop, NEW[1:])
    text = found.barring.files[quarantine.PATH] or b""
    assert [each.itself for each in quarantine.read(text.decode())] == [CATALOG]


def test_an_application_s_own_content_counts(shop: SuppliedShop) -> None:
    workspace = shop.workspace()
    (content,) = (
        each for each in workspace.source.inputs_at(workspace.source.commit) if each.kind == "content"
    )
    assert content == workspace.source.content
    bar(shop, content)
    assert shop.workspace().source.content == content, "the quarantine is no content"
    assert offered(shop, NEW[:1]).offer.services == frozenset()
    use(shop, "catalog", "main-1")
    assert shop.workspace().source.content == content, "nor is what Headway may write"
    shop.push("application", {"templates/more.yaml": "a: 1\n"})
    assert offered(shop, NEW[:1]).offer.services == {"cart"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(
            lambda text: text.replace("/testing'}", "/testing', gate: approval}"),
            "rejected as a set",
            id="where a person approves, it is not halved",
        ),
        pytest.param(
            lambda text: text + "\nversion: manual\n",
            f"rejected as a set: {CART}, {CATALOG}; a person raises the version (version: manual): commit a part of it",
            id="where a person raises the version, no half of it is left to be tested in other company",
        ),
        pytest.param(
            lambda text: text + "\ntogether: [[cart, catalog]]\n", "rejected: ", id="what is never split"
        ),
    ],
)
def test_what_headway_yaml_says(change: Callable[[str], str], why: str, shop: SuppliedShop) -> None:
    shop.push("application", {"headway.yaml": change(shop.show("headway.yaml"))})
    found = offered(shop).offer
    assert (found.updates, found.narrows) == ((), False)
    assert all(each.startswith(why) for each in found.waiting.values())


def test_without_the_record_nothing_of_a_set_comes_in(
    shop: SuppliedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Unreachable("it does not answer", where="testing", next_step="It is tried again.")

    monkeypatch.setattr(Workspace, "record", away)
    found = offered(shop).offer
    assert found.updates == ()
    assert "0.1.0, which cannot be read (testing: it does not answer" in found.waiting["cart"]
    shop.push("application", {quarantine.PATH: None})
    assert offered(shop).offer.services == {"cart", "catalog"}, "it is not asked where nothing is narrowed"


def test_a_service_that_cannot_be_looked_at_does_not_hide_that_others_wait(
    shop: SuppliedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(_looks: ServiceLooks, name: str, _source: ApplicationSource) -> str:
        if name == "cart":
            raise Unreachable("it does not answer", where="cart", next_step="It is tried again.")
        return name

    monkeypatch.setattr(ServiceLooks, "look", look)
    monkeypatch.setattr(new_inputs, "service_update", lambda look: look)
    monkeypatch.setattr(new_inputs, "inputs_of", lambda *_: NEW[1])
    use(shop, "cart", "main-2", "0.1.1")
    assert new_inputs.waits_for(shop.workspace()) == "0.1.1"

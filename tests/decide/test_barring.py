from dataclasses import replace

import pytest

from headway.decide.supply import barring
from headway.errors import BadInput
from headway.formats import quarantine
from headway.model.audit import Said
from headway.model.edits import Edit
from headway.model.quarantine import QuarantinedInput
from tests.decide.shop import APPLICATION, NOW
from tests.decide.test_application_edit import LOCKED, applied

SAID = Said("Ada", "loses orders", NOW)


def barred(change: Edit) -> list[tuple[str, str, str, str]]:
    found = quarantine.read(applied(LOCKED, change).quarantine)
    assert {(each.environment, each.digest) for each in found} == {("", "")}, (
        "by a person, for every environment"
    )
    return [(each.kind, each.name, each.version, each.reason) for each in found]


@pytest.mark.parametrize(
    ("reference", "kind", "name", "version"),
    [
        pytest.param("r.example.com/cart:main-1", "image", "r.example.com/cart", "main-1", id="image"),
        pytest.param(
            f"r.example.com/cart:stable@sha256:{'a' * 64}",
            "image",
            "r.example.com/cart",
            f"stable@sha256:{'a' * 64}",
            id="image by digest",
        ),
        pytest.param("cart:0.1.0", "chart", "cart", "0.1.0", id="chart"),
    ],
)
def test_bar_and_allow(reference: str, kind: str, name: str, version: str) -> None:
    change = barring.bar(LOCKED, APPLICATION, reference, SAID)
    assert barred(change) == [(kind, name, version, "Ada: loses orders")]
    assert change.message == f"Bar {kind} {name} {version}\n\nAda: loses orders\n"
    there = applied(LOCKED, change)
    assert barring.bar(there, APPLICATION, reference, SAID) == Edit(
        {}, f"{reference} is barred already: headway quarantine shop says by whom, since when and why"
    )
    two = applied(there, barring.bar(there, APPLICATION, "catalog:0.1.0", SAID))
    assert len(quarantine.read(two.quarantine)) == 2, "what was barred before stays"
    back = barring.allow(there, APPLICATION, reference, SAID)
    assert quarantine.read(applied(there, back).quarantine) == ()
    assert set(back.files) == {quarantine.PATH}
    assert barring.allow(LOCKED, APPLICATION, reference, SAID) == Edit({}, f"{reference} is not barred")


@pytest.mark.parametrize("reference", ["cart", "cart:", ":1", "r.example.com/cart", "r.example.com/web:1"])
def test_what_no_service_has_is_bad_input(reference: str) -> None:
    with pytest.raises(BadInput) as raised:
        barring.bar(LOCKED, APPLICATION, reference, SAID)
    assert str(raised.value).startswith(
        f"headway.yaml services: {reference!r} is no image with its tag, and no chart with its version, of a service. "
        "Write one of these, with :TAG or :VERSION: r.example.com/cart, "
    )


def test_an_image_by_its_short_name_is_taken_for_no_chart() -> None:
    """People, logs and dashboards leave out the registry."""
    web = APPLICATION.services["cart"].model_copy(update={"image": "r.example.com/shop/web"})
    application = APPLICATION.model_copy(update={"services": {**APPLICATION.services, "cart": web}})
    every = "Write one of these, with :TAG or :VERSION: r.example.com/shop/web, r.example.com/catalog, cart, catalog."
    image = "the image of cart is written r.example.com/shop/web:main-1"
    for decide in (barring.bar, barring.allow):
        for reference, said in (
            ("web:main-1", f"'web', there are cart and catalog; {image}. {every}"),
            ("redis:7.0.15", f"'redis', there are cart and catalog. {every}"),
        ):
            with pytest.raises(BadInput) as raised:
                decide(LOCKED, application, reference, SAID)
            assert str(raised.value) == f"headway.yaml services: no chart of a service is called {said}"


def test_a_tag_is_taken_for_no_version_of_the_chart_that_is_called_as_the_image() -> None:
    image = "the image of cart is written r.example.com/cart:main-1"
    with pytest.raises(BadInput) as raised:
        barring.bar(LOCKED, APPLICATION, "cart:main-1", SAID)
    assert str(raised.value).startswith(f"chart cart: 'main-1' is no version of a chart; {image}. ")
    nothing = barring.allow(LOCKED, APPLICATION, "cart:main-1", SAID)
    assert nothing == Edit({}, f"cart:main-1 is not barred; {image}")
    line = QuarantinedInput("chart", "cart", "main-1", environment="", digest="", reason="Ada: x", since=NOW)
    there = replace(LOCKED, quarantine=quarantine.add(None, [line]))
    back = barring.allow(there, APPLICATION, "cart:main-1", SAID)
    assert quarantine.read(applied(there, back).quarantine) == (), (
        "what was written so before comes out again"
    )


def test_the_port_of_a_registry_is_no_tag() -> None:
    cart = APPLICATION.services["cart"].model_copy(update={"image": "r.example.com:5000/cart"})
    application = APPLICATION.model_copy(update={"services": {**APPLICATION.services, "cart": cart}})
    change = barring.bar(LOCKED, application, "r.example.com:5000/cart:main-1", SAID)
    assert barred(change) == [("image", "r.example.com:5000/cart", "main-1", "Ada: loses orders")]


@pytest.mark.parametrize("named", ["basket:0.1.0", "cart:0.1.0"])
def test_a_chart_under_an_alias_is_barred_by_its_name_whichever_is_named(named: str) -> None:
    files = replace(LOCKED, chart=LOCKED.chart.replace("- name: cart", "- name: basket\n    alias: cart"))
    assert barring.named(files, APPLICATION, named) == ("chart", "basket", "0.1.0")

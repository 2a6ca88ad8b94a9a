import pytest

from headway.decide.supply import barring
from headway.errors import BadInput
from headway.formats import quarantine
from headway.model.audit import Said
from headway.model.edits import Edit
from tests.decide.shop import APPLICATION, NOW
from tests.decide.test_application_edit import LOCKED, applied

SAID = Said("Ada", "loses orders", NOW)


def barred(change: Edit) -> list[tuple[str, str, str, str]]:
    found = quarantine.read(applied(LOCKED, change).quarantine)
    return [(each.kind, each.name, each.version, each.reason) for each in found]


@pytest.mark.parametrize(
    ("reference", "kind", "name", "version"),
    [
        pytest.param("r.example.com/cart:main-1", "image", "r.example.com/cart", "main-1", id="image"),
        pytest.param("cart:0.1.0", "chart", "cart", "0.1.0", id="chart"),
    ],
)
def test_bar_and_allow(reference: str, kind: str, name: str, version: str) -> None:
    change = barring.bar(LOCKED, APPLICATION, reference, SAID)
    assert barred(change) == [(kind, name, version, "Ada: loses orders")]
    assert change.message == f"Bar {kind} {name} {version}\n\nAda: loses orders\n"
    there = applied(LOCKED, change)
    assert barring.bar(there, APPLICATION, reference, SAID) == Edit({}, f"{reference} is barred already")
    back = barring.allow(there, APPLICATION, reference, SAID)
    assert quarantine.read(applied(there, back).quarantine) == ()
    assert set(back.files) == {quarantine.PATH}
    assert barring.allow(LOCKED, APPLICATION, reference, SAID) == Edit({}, f"{reference} is not barred")


@pytest.mark.parametrize(
    "reference", ["cart", "cart:", ":1", "redis:7.0.15", "r.example.com/cart", "other:1"]
)
def test_what_no_service_has_is_bad_input(reference: str) -> None:
    with pytest.raises(BadInput, match=r"Write one of these.*r\.example\.com/cart, .*cart"):
        barring.bar(LOCKED, APPLICATION, reference, SAID)

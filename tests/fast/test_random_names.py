"""A chart that names its tests anew on every render is approved once and released once."""

import pytest

from tests.fast.chart_of_random_names import random_names
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.shop import Shop
from tests.fast.test_answers import waiting


@pytest.fixture
def gated(make_shop: MakeShop) -> Shop:
    """Testing asks before each release of the chart with random names."""
    shop = make_shop(environments=("testing",), testing={"gate": "approval", "settle": "0s"})
    shop.systems.registry.push("tools/curl", "1")
    shop.service().push(random_names("cart"))
    shop.build()
    return shop


def approved(shop: Shop) -> str:
    """What was asked."""
    assert shop.deliver() == [("testing", "Suspended")]
    asked = prefect_runs.question(waiting())
    prefect_runs.answer(waiting(), approved=True)
    assert prefect_runs.work() == [("testing", "Released")], "the plan is another render's by now"
    return asked


@pytest.mark.story
def test_it_is_approved_once_and_released_once(gated: Shop) -> None:
    asked = approved(gated)
    assert "cart-jwt-test-*" in asked
    (ran,) = (each for each in gated.helm().history()[0]["hooks"] if "jwt" in each["name"])
    assert ran["name"] not in asked
    assert gated.deliver() == []
    assert gated.release().name == "In sync"
    assert len(gated.history()) == 1

    gated.change_code()
    approved(gated)
    assert gated.deliver() == []
    assert [status for _, status, _ in gated.history()] == ["superseded", "deployed"]
    assert [kind for kind, *_ in gated.audit()] == ["approved", "approved"]

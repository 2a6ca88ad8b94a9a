"""Several new inputs at once of which one is guilty: the innocent ship, and the guilty is kept out."""

import pytest

from headway.formats import quarantine
from tests.fast.conftest import MakeShop
from tests.fast.shop import Shop

SERVICES = ("cart", "catalog", "prices", "stock")


def changed(shop: Shop) -> dict[str, str]:
    """New code of every service; its image, by service."""
    return {name: shop.change_code(name) for name in shop.services}


def tests_fail_with(shop: Shop, *images: str) -> None:
    """The Job of headway.yaml, which names no workload, says no as long as all of these run."""
    shop.cluster().kubelet.fails_with.append(frozenset(images))


def barred(shop: Shop) -> list[tuple[str, list[str]]]:
    """What is kept out, and in whose company."""
    return [
        (f"{each.name}:{each.version}", [f"{other.name}:{other.version}" for other in each.company])
        for each in quarantine.read(shop.git.read(quarantine.PATH))
    ]


def versions(shop: Shop) -> int:
    """That were made since the first one."""
    return len([name for name in shop.packages() if name.startswith(shop.name)]) - 1


@pytest.mark.parametrize(("guilty", "made"), [("cart", 5), ("stock", 3)])
def test_one_of_four_is_guilty(guilty: str, made: int, make_shop: MakeShop) -> None:
    shop = make_shop(delivered=True, services=SERVICES)
    images, before = changed(shop), shop.image(service=guilty)
    tests_fail_with(shop, images[guilty])
    shop.deliver_all()
    for name in SERVICES:
        assert shop.image(service=name) == (before if name == guilty else images[name])
    assert [kept_out for kept_out, _ in barred(shop)] == [images[guilty]]
    assert versions(shop) == made
    everything = shop.everything()
    assert shop.deliver() == []
    assert shop.everything() == everything

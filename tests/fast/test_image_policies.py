"""What reaches a cluster by other policies than the order of commits."""

from tests.fast.shop import REGISTRY, Shop


def test_a_tag_that_moves_is_released_by_digest_and_goes_back_to_what_it_named(shop: Shop) -> None:
    declared = shop.git.read("headway.yaml").replace(
        "/shop/cart}", "/shop/cart, policy: {kind: digest, tag: stable}}"
    )
    shop.git.push({"headway.yaml": declared})
    registry = shop.systems.registry

    def moved(built: str) -> str:
        digest = registry.push("shop/cart", "stable", revision=shop.service().head, built=built)
        return f"{REGISTRY}/shop/cart:stable@{digest}"

    good = moved("one")
    shop.deliver_all()
    assert (shop.image(), shop.good()) == (good, ["0.1.0"])
    head = shop.git.head
    assert (shop.deliver(), shop.git.head) == ([], head)
    bad = moved("two")
    shop.cluster().kubelet.tests[bad] = "says no"
    assert shop.deliver() == [("testing", "Rolled back")]
    assert (shop.image(), shop.rejected()) == (good, ["0.1.1"])
    assert good.rpartition("/cart:")[2] in shop.git.read("values.yaml")
    assert f'version: "{bad.rpartition("/cart:")[2]}"' in shop.git.read(".headway/quarantine.yaml")
    moved("three")
    assert shop.deliver()[0] == ("testing", "Released")

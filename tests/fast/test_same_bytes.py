"""What was tested is, byte for byte, what runs: a package knows its images' digests, and a tag that moved is refused."""

import json

import pytest

from headway.errors import Terminal
from headway.formats.content_digest import read_metadata
from headway.model.charts import IMAGES_ANNOTATION
from tests.fast.charts_of_shop import DEPLOYMENT
from tests.fast.conftest import MakeShop
from tests.fast.shop import TESTS_IMAGE, Shop


def images(shop: Shop, version: str, environment: str = "testing") -> dict[str, str]:
    """Digests that a package records, by image."""
    metadata = read_metadata(shop.packaged(version, environment)["Chart.yaml"])
    return {each["image"]: each["digest"] for each in json.loads(metadata["annotations"][IMAGES_ANNOTATION])}


def test_a_package_records_the_digest_of_each_image(delivered: Shop) -> None:
    tags = delivered.systems.registry.tags
    cart = f"registry.example.com/shop/cart:{delivered.tag()}"
    recorded = {cart: tags["shop/cart"][delivered.tag()], TESTS_IMAGE: tags["shop/tests"]["1"]}
    assert images(delivered, "0.1.0") == images(delivered, "0.1.0", "staging") == recorded
    (entry,) = delivered.repository().entries("shop")
    assert IMAGES_ANNOTATION not in entry.annotations


def test_images_that_no_registry_tells_are_not_recorded_and_hold_nothing_up(make_shop: MakeShop) -> None:
    shop = make_shop()
    sidecar = DEPLOYMENT + "        - {name: proxy, image: 'registry.example.com/private/proxy:1'}\n"
    shop.service().push({"chart/templates/deployment.yaml": sidecar})
    shop.build()
    assert shop.deliver() == [("testing", "Released")]
    assert sorted(images(shop, "0.1.0")) == [f"registry.example.com/shop/cart:{shop.tag()}", TESTS_IMAGE]


def test_a_tag_that_reaches_no_manifest_is_not_published(delivered: Shop) -> None:
    fixed = DEPLOYMENT.replace("{{ .Values.image.tag }}", "fixed")
    delivered.service().push({"chart/templates/deployment.yaml": fixed, "chart/templates/check.yaml": None})
    delivered.build()
    cart = f"registry.example.com/shop/cart:{delivered.tag()}"
    with pytest.raises(
        Terminal, match=rf"values\.yaml cart\.image\.tag: no manifest of testing, staging uses {cart}"
    ):
        delivered.deliver()
    assert delivered.offered() == ["0.1.0"]
    assert "correct `image:` or `value:` of services.cart in headway.yaml" in delivered.report()

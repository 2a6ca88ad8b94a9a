"""A delivery whose chart repositories lie in a real OCI registry: there and back again."""

import uuid

import pytest

from headway.clients.chart_repository import oci_repository, open_writable_repository
from sandbox.address import Address
from tests.fast.shop import Shop
from tests.fast.test_failed_version import fail_tests_of


@pytest.mark.story
@pytest.mark.sandbox
def test_charts_are_published_promoted_and_taken_back(
    shop: Shop, sandbox: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oci_repository, "SETTLED", 0.02)
    base = f"oci://{sandbox.registry}/headway-test/{uuid.uuid4().hex[:12]}"
    text = shop.git.read("headway.yaml").replace(f"file://{shop.folder}/charts", base)
    shop.git.push({"headway.yaml": text}, "Keep charts in the registry")
    testing, staging = (open_writable_repository(f"{base}/{name}") for name in ("testing", "staging"))

    assert shop.deliver() == [("testing", "Released")]
    assert shop.deliver() == [("staging", "Released")]
    assert shop.good() == shop.good("staging")
    (there,), (promoted,) = testing.entries("shop"), staging.entries("shop")
    assert there.digest == promoted.digest, "the same bytes"
    assert testing.versions("cart") == ["0.1.0"]
    before = shop.image()

    fail_tests_of(shop, shop.change_code())
    assert shop.deliver() == [("testing", "Rolled back")]

    assert shop.image() == before
    assert testing.entries("shop") == [there]
    (failed,) = testing.uploaded_versions("shop") - {there.version}
    stored = testing.stored("shop", failed)
    assert stored
    assert stored.withdrawn
    assert shop.record()["verdicts"][0]["carried"] == ["repository", "git"]
    assert testing.documents("releases/shop/testing/shop/"), "what became of the releases is kept beside"
    assert shop.deliver() == [], "and it is not tried again"

"""Tests whose pods cannot start: what they wait for is told meanwhile, and decides whose failure it is."""

import pytest

from tests.fast.shop import TESTS_IMAGE, Shop


@pytest.mark.story
def test_an_image_that_cannot_be_pulled_is_told_while_it_is_waited_for_and_nobody_is_blamed(
    delivered: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    image = delivered.change_code()
    delivered.cluster().kubelet.tests[TESTS_IMAGE] = "has no image"
    delivered.deliver()
    waits = [each for each in caplog.messages if each.startswith("Job buy-something waits: ")]
    assert len(waits) == 1
    assert f"image {TESTS_IMAGE} cannot be pulled" in waits[0]
    evidence = delivered.report("testing-evidence")
    assert "it did not end within 2 s: Pod headway-test-buy-something-" in evidence
    assert "Looks like a failure of the surroundings." in evidence
    assert delivered.rejected() == []
    delivered.cluster().kubelet.recover()
    delivered.time_passes("testing")
    assert delivered.deliver() == [("testing", "Released")]
    assert delivered.image() == image


@pytest.mark.story
def test_an_image_that_its_registry_lost_accuses_the_version_and_last_good_clears_it(
    delivered: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """It ends the waiting at once, and no second run could help. The tests of last good lack it too: the environment freezes."""
    delivered.change_code()
    delivered.cluster().kubelet.tests[TESTS_IMAGE] = "has no image"
    delivered.cluster().meanwhile.append(
        ("PATCH /jobs/", lambda: delivered.systems.registry.tags.pop("shop/tests"))
    )
    assert delivered.deliver() == [("testing", "Frozen")]
    runs = [each for each in caplog.messages if each.startswith("Job buy-something failed in ")]
    assert len(runs) == 2, "one of each version"
    evidence = delivered.report("testing-evidence")
    assert "; the registry has no such image" in evidence
    assert "Looks like a failure of the version." in evidence
    assert delivered.rejected() == []
    assert "last good 0.1.0 fails its tests too" in delivered.record()["freeze"]["why"]

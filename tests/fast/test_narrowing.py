"""Several new inputs at once of which one is guilty: the innocent ship, and the guilty is kept out."""

import contextlib
from typing import Any

import pytest

from flows.deliver import deliver
from headway.errors import Terminal
from headway.formats import quarantine
from headway.workspace.git_writer import Committed, PushingWriter
from headway.workspace.workspace import Workspace
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.memory.helm import RunKilled
from tests.fast.shop import TESTS_IMAGE, Shop

SERVICES = ("cart", "catalog", "prices", "stock")


def changed(shop: Shop) -> dict[str, str]:
    """New code of every service; its image, by service."""
    return {name: shop.change_code(name) for name in shop.services}


def break_the_tests_with(shop: Shop, *images: str) -> None:
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


@pytest.fixture
def shop(make_shop: MakeShop) -> Shop:
    """Four services are released, two of them never split."""
    return make_shop(
        delivered=True, services=SERVICES, environments=("testing",), more="together: [[prices, stock]]\n"
    )


def running(shop: Shop) -> dict[str, str]:
    return {name: shop.image(service=name) for name in shop.services}


@pytest.mark.story
def test_one_of_four_is_guilty(shop: Shop) -> None:
    before, images = running(shop), changed(shop)
    break_the_tests_with(shop, images["cart"])
    shop.deliver_all()
    assert running(shop) == {**images, "cart": before["cart"]}
    assert barred(shop) == [(images["cart"], [])]
    assert versions(shop) == 5, (
        "all, a half, what that half acquits, the guilty, and what was left of its half"
    )
    said = [each for each in shop.git.messages() if "Headway-Stage: update_application" in each]
    assert any("2 of 4 new inputs, the others wait for the result of this" in each for each in said)
    everything = shop.everything()
    assert shop.deliver() == []
    assert shop.everything() == everything


@pytest.mark.story
def test_a_container_that_fails_accuses_its_own_image_alone(shop: Shop) -> None:
    before, images = running(shop), changed(shop)
    shop.cluster().kubelet.services[images["catalog"]] = "crashes"
    shop.deliver_all()
    assert running(shop) == {**images, "catalog": before["catalog"]}
    assert barred(shop) == [(images["catalog"], [])]
    assert versions(shop) == 2, "the one that failed, and the others"


@pytest.mark.story
def test_of_two_that_fail_only_together_one_ships_until_something_newer_comes(shop: Shop) -> None:
    before = running(shop)
    images = {name: shop.change_code(name) for name in ("cart", "catalog")}
    break_the_tests_with(shop, *images.values())
    shop.deliver_all()
    assert running(shop) == {**before, "cart": images["cart"]}
    assert barred(shop) == [(images["catalog"], [images["cart"]])]
    assert "rejected together with" in shop.report()
    newer = shop.change_code("cart", "package main // newer\n")
    shop.deliver_all()
    assert running(shop) == {**before, "cart": newer, "catalog": images["catalog"]}


@pytest.mark.story
def test_services_declared_together_ship_together_or_not_at_all(shop: Shop) -> None:
    before, images = running(shop), changed(shop)
    break_the_tests_with(shop, images["stock"])
    shop.deliver_all()
    assert running(shop) == {**images, "prices": before["prices"], "stock": before["stock"]}
    ((first, others),) = barred(shop)
    assert {first, *others[:1]} == {images["prices"], images["stock"]}
    said = [each for each in shop.git.messages() if "Headway-Stage: update_application" in each]
    assert all(("- prices: image" in each) == ("- stock: image" in each) for each in said)


@pytest.mark.story
def test_whatever_is_cut_off_after_a_commit_is_gone_on_with(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = running(shop)
    images = {name: shop.change_code(name) for name in ("cart", "catalog")}
    break_the_tests_with(shop, images["catalog"])
    real, commits = PushingWriter.submit, []

    def submit(*arguments: Any, **options: Any) -> Committed:
        commits.append(real(*arguments, **options))
        raise RunKilled

    monkeypatch.setattr(PushingWriter, "submit", submit)
    for _ in range(12):
        with contextlib.suppress(RunKilled):
            shop.deliver_all()
            break
    assert running(shop) == {**before, "cart": images["cart"]}
    assert barred(shop) == [(images["catalog"], [images["cart"]])]
    assert len(commits) == 4, "all, taken back, one, and what is kept out"
    assert versions(shop) == 2


@pytest.mark.story
def test_what_staging_rejected_is_not_promoted_in_other_company(make_shop: MakeShop) -> None:
    shop = make_shop(delivered=True, services=("cart", "catalog"))
    image, before = shop.change_code("cart"), shop.image("staging")
    shop.cluster("staging").kubelet.fails_with.append(frozenset([image]))
    shop.deliver_all()
    (verdict,) = shop.record("staging")["verdicts"]
    (rejected,) = verdict["inputs"]
    assert rejected.partition("@")[0] == f"image {image.replace(':', ' ')}"
    shop.change_code("catalog")
    shop.deliver_all()
    assert shop.good()[0] == "0.1.2"
    assert shop.offered("staging") == ["0.1.1", "0.1.0"]
    assert "with which 0.1.1 failed here" in shop.report()
    assert shop.image("staging") == before


def deliver_in_spite_of_findings(shop: Shop, *, looks: int) -> None:
    """What a half brings to light makes its delivery red; the looks go on."""
    for _ in range(looks):
        with contextlib.suppress(Terminal):
            shop.deliver_all()


@pytest.mark.story
def test_a_half_that_cannot_be_published_is_taken_back_with_the_finding_and_the_others_go_on(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, images = running(shop), changed(shop)
    break_the_tests_with(shop, images["stock"])
    assert shop.deliver() == [("testing", "Rolled back")]
    real = Workspace.image_digest
    monkeypatch.setattr(
        Workspace,
        "image_digest",
        lambda workspace, image: None if image == images["cart"] else real(workspace, image),
    )
    deliver_in_spite_of_findings(shop, looks=6)
    assert running(shop) == {**before, "catalog": images["catalog"]}
    assert ((images["cart"], [])) in barred(shop)
    reasons = [each.reason for each in quarantine.read(shop.git.read(quarantine.PATH))]
    assert any(
        each.startswith("cannot be published: ") and f"{images['cart']} is not in the registry" in each
        for each in reasons
    )
    everything = shop.everything()
    assert shop.deliver() == []
    assert shop.everything() == everything


@pytest.mark.story
def test_what_last_good_would_meet_as_well_takes_no_half_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as credentials that have expired: many registries say of an image that one may not see that there is none."""
    images = changed(shop)
    break_the_tests_with(shop, images["stock"])
    assert shop.deliver() == [("testing", "Rolled back")]
    quarantined = shop.git.read(quarantine.PATH)
    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "image_digest", lambda *_: None)
        deliver_in_spite_of_findings(shop, looks=2)
        assert shop.git.read(quarantine.PATH) == quarantined
        assert "last good could not be published now either" in shop.report()
    shop.deliver_all()
    assert running(shop)["cart"] == images["cart"]


@pytest.mark.story
def test_a_half_that_is_out_for_its_result_is_not_taken_back_for_what_a_person_pushed_on_top(
    shop: Shop,
) -> None:
    images = changed(shop)
    break_the_tests_with(shop, images["stock"])
    assert shop.deliver() == [("testing", "Rolled back")]
    deliver(shop.name)
    half, quarantined = shop.offered()[0], shop.git.read(quarantine.PATH)
    shop.git.push({"templates/more.yaml": "kind: ConfigMap\nmetadata: [\n"}, "A template that is no YAML")
    with contextlib.suppress(Terminal):
        deliver(shop.name)
    assert shop.git.read(quarantine.PATH) == quarantined
    assert shop.offered()[0] == half
    assert shop.work() == [("testing", "Released")]
    assert running(shop)["cart"] == images["cart"]


NAMED_AFTER_ITS_TAG = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: "job-{{{{ .Values.cart.image.tag }}}}"}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: job}}}}
  template:
    metadata: {{labels: {{app: job}}}}
    spec: {{containers: [{{name: job, image: "{TESTS_IMAGE}"}}]}}
"""


def answer(shop: Shop, *, approved: bool, comment: str) -> None:
    assert shop.deliver() == [("testing", "Suspended")]
    run = next(run for run in prefect_runs.release_runs() if run.state and run.state.is_paused())
    prefect_runs.answer(run.id, approved=approved, comment=comment)


@pytest.mark.story
def test_a_half_that_a_person_said_no_to_is_taken_back_and_the_others_go_on(make_shop: MakeShop) -> None:
    shop = make_shop(delivered=True, services=("cart", "catalog"), environments=("testing",))
    shop.git.push({"templates/job.yaml": NAMED_AFTER_ITS_TAG}, "Every cart brings a Deployment of its own")
    shop.deliver_all()
    before, images = running(shop), changed(shop)
    break_the_tests_with(shop, *images.values())
    answer(shop, approved=True, comment="go on")
    assert prefect_runs.work() == [("testing", "Rolled back")]
    answer(shop, approved=False, comment="its data is not safe yet")
    assert prefect_runs.work() == [("testing", "Rejected")]
    assert shop.deliver() == []
    shop.deliver_all()
    assert running(shop) == {**before, "catalog": images["catalog"]}
    assert barred(shop) == [(images["cart"], [])]
    (entry,) = quarantine.read(shop.git.read(quarantine.PATH))
    assert entry.reason == "was answered with no by Ada: its data is not safe yet"
    assert shop.offered()[0] == shop.good()[0]

"""A version that failed is taken back where it was born: what Headway wrote goes back, what people wrote stays."""

from datetime import UTC, datetime

import pytest
from prefect import flow

from flows.stages import BEFORE_RELEASES, run_stages
from headway.model.record import Rejection, ReleaseRecord
from headway.model.report import StageResult
from headway.workspace.systems import PolicyPlace
from tests.supplied_shop import SuppliedShop

FAILED_AT = datetime(2026, 1, 2, tzinfo=UTC)


@flow
def look(shop: SuppliedShop) -> list[StageResult]:
    lines = run_stages(BEFORE_RELEASES, shop.workspace())
    assert not [str(line) for line in lines if line.failed]
    return lines


def new_image(shop: SuppliedShop, service: str = "cart", code: str = "2") -> str:
    shop.push(service, {"main.go": code})
    tag = shop.push_image(service)
    look(shop)
    return tag


def reject_newest(shop: SuppliedShop) -> str:
    """The newest version fails in testing; it."""
    bad = shop.charts().entries("shop")[0]
    rejection = Rejection(chart_digest=bad.digest, version=bad.version, reason="broke", at=FAILED_AT)
    empty = ReleaseRecord(application="shop", environment="testing", release="shop")
    record = shop.records.get("testing", empty)
    shop.records["testing"] = record.model_copy(update={"rejections": (rejection, *record.rejections)})
    return bad.version


def message(shop: SuppliedShop) -> str:
    return shop.git().git("log", "-1", "--grep=Headway-Stage: withdraw", "--format=%B", "main")


@pytest.mark.story
def test_a_persons_commit_between_headways_is_kept(shop: SuppliedShop) -> None:
    shop.tested()
    new_image(shop)
    shop.push("application", {"values.yaml": shop.show("values.yaml") + "\ncolour: red  # Ada's\n"})
    look(shop)
    bad = new_image(shop, code="3")
    reject_newest(shop)
    look(shop)
    assert "colour: red  # Ada's\n" in shop.show("values.yaml") + "\n"
    assert bad not in shop.show("values.yaml")
    assert "as published" not in message(shop)


@pytest.mark.story
def test_a_persons_template_is_no_content_that_was_published(shop: SuppliedShop) -> None:
    """Nothing else than templates differs: the version of before names other content."""
    shop.tested()
    good = shop.offered("shop")[0]
    new_image(shop)
    shop.push(
        "application", {"templates/text.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"}
    )
    look(shop)
    reject_newest(shop)
    look(shop)
    assert "as published" not in message(shop)
    assert f'\nversion: "{good}"' not in shop.show("Chart.yaml")


@pytest.mark.story
def test_where_nobody_else_wrote_the_good_version_is_back_and_nothing_is_published(
    shop: SuppliedShop,
) -> None:
    shop.tested()
    good, before = shop.offered("shop")[0], shop.show("Chart.yaml")
    new_image(shop)
    reject_newest(shop)
    look(shop)
    assert (shop.show("Chart.yaml"), shop.offered("shop")[0]) == (before, good)
    assert f"-> {good}, as published" in message(shop)


@pytest.mark.story
def test_a_first_version_that_fails_bars_nothing_but_itself(shop: SuppliedShop) -> None:
    values, bad = shop.show("values.yaml"), reject_newest(shop)
    head = shop.head("application")
    lines = look(shop)
    (line,) = [each for each in lines if each.stage == "withdraw" and each.outcome == "git left as it is"]
    assert "no version was good before" in line.why
    assert shop.head("application") == head
    assert (shop.show("values.yaml"), shop.offered("shop")) == (values, [])
    assert not any(each.changed for each in look(shop)), "the same content is not tried again"

    shop.push("application", {"values.yaml": values + "\nmended: true\n"})
    look(shop)
    (newer,) = shop.offered("shop")
    assert newer != bad


@pytest.mark.story
def test_revert_all_leaves_what_people_said_about_policy(shop: SuppliedShop) -> None:
    declared = shop.show("headway.yaml")
    shop.push("application", {"headway.yaml": f"{declared}\nrevert: all\n"})
    look(shop)
    shop.tested()
    text = shop.show("templates/text.yaml")
    new_image(shop)
    frozen = shop.show("headway.yaml").replace("after: testing}", "after: testing, frozen: true}")
    shop.push(
        "application",
        {"headway.yaml": frozen, "templates/text.yaml": text.replace("shop", "other"), "new.txt": "x"},
    )
    look(shop)
    reject_newest(shop)
    look(shop)
    assert shop.show("headway.yaml") == frozen.strip()
    assert shop.show("templates/text.yaml") == text
    said = message(shop)
    for told in (
        "- headway.yaml: left as it is, since it holds policy",
        "- new.txt: as last good had it",
        "- templates/text.yaml: as last good had it",
        "barred together in .headway/quarantine.yaml",
    ):
        assert told in said


@pytest.mark.story
def test_revert_all_leaves_a_policy_that_lies_beside_headway_yaml(shop: SuppliedShop) -> None:
    shop.policy_moves(PolicyPlace("ops/policy.yaml"))
    shop.push("application", {"headway.yaml": f"{shop.show('headway.yaml')}\nrevert: all\n"})
    look(shop)
    shop.tested()
    new_image(shop)
    frozen = shop.show("ops/policy.yaml").replace("after: testing}", "after: testing, frozen: true}")
    shop.push("application", {"ops/policy.yaml": frozen, "new.txt": "x"})
    look(shop)
    reject_newest(shop)
    look(shop)
    assert shop.show("ops/policy.yaml") == frozen
    assert shop.workspace().environment("staging").frozen
    assert "- ops/policy.yaml: left as it is, since it holds policy" in message(shop)
    assert "- new.txt: as last good had it" in message(shop)

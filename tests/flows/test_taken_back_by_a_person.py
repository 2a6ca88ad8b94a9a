"""What a person wrote or took back in git is an answer: it stays until something newer comes."""

import subprocess
from pathlib import Path

import pytest
import yaml
from prefect import flow

from flows.stages import SUPPLY, run_stages
from headway.model.report import StageResult
from tests.supplied_shop import SuppliedShop

PERSON = ("-c", "user.name=Ada Lovelace", "-c", "user.email=ada@example.com")


@flow
def supply(shop: SuppliedShop) -> list[StageResult]:
    lines = run_stages(SUPPLY, shop.workspace())
    assert not [str(line) for line in lines if line.failed]
    return lines


def why(lines: list[StageResult], subject: str) -> str:
    return next(line.why for line in lines if line.stage == "update_application" and line.subject == subject)


def tag_of(shop: SuppliedShop, service: str) -> str:
    return str(yaml.safe_load(shop.show("values.yaml"))[service]["image"]["tag"])


@pytest.mark.story
def test_a_chart_that_is_taken_back_with_its_version_is_delivered_as_a_new_version(
    shop: SuppliedShop,
) -> None:
    before = {path: shop.show(path, "cart") for path in ("chart/Chart.yaml", "chart/values.yaml")}
    chart = before["chart/Chart.yaml"].replace("0.1.0", "0.1.1")
    shop.push("cart", {"chart/Chart.yaml": chart, "chart/values.yaml": "replicas: 7\n"})
    supply(shop)
    assert shop.offered("cart")[0] == "0.1.1"
    shop.push("cart", {path: f"{text}\n" for path, text in before.items()}, "Revert")
    supply(shop)
    assert shop.offered("cart")[0] == "0.1.2"
    assert "0.1.2" in shop.show("Chart.yaml")
    assert not any(line.changed for line in supply(shop))


def test_a_tag_that_a_person_puts_back_stays_until_something_newer_comes(shop: SuppliedShop) -> None:
    good = shop.show("values.yaml")
    shop.push("cart", {"main.go": "2"})
    bad = shop.push_image("cart")
    supply(shop)
    assert bad in shop.show("values.yaml")
    pin = shop.push("application", {"values.yaml": f"{good}\n"}, "Revert")
    lines = supply(shop)
    assert bad not in shop.show("values.yaml")
    assert f"written by a person in {pin[:7]} in place of {bad}" in why(lines, "cart")
    assert not any(line.changed for line in supply(shop)), "and a second look agrees"

    shop.push("cart", {"main.go": "3"})
    newer = shop.push_image("cart")
    supply(shop)
    assert newer in shop.show("values.yaml")


@pytest.mark.story
def test_a_chart_version_that_a_person_puts_back_stays_until_something_newer_comes(
    shop: SuppliedShop,
) -> None:
    good = shop.show("Chart.yaml")
    shop.push("cart", {"chart/values.yaml": "replicas: 7\n"})
    supply(shop)
    assert 'name: cart, version: "0.1.1"' in shop.show("Chart.yaml")
    pin = shop.push("application", {"Chart.yaml": f"{good}\n"}, "Revert")
    lines = supply(shop)
    assert 'name: cart, version: "0.1.0"' in shop.show("Chart.yaml")
    assert f"written by a person in {pin[:7]} in place of 0.1.1" in why(lines, "cart")

    shop.push("cart", {"chart/values.yaml": "replicas: 8\n"})
    supply(shop)
    assert 'name: cart, version: "0.1.2"' in shop.show("Chart.yaml")


@pytest.mark.story
def test_a_commit_of_headways_is_reverted_as_the_documentation_says(
    shop: SuppliedShop, tmp_path: Path
) -> None:
    tags = {service: tag_of(shop, service) for service in ("cart", "catalog")}
    values = "".join(f'{name}:\n  image:\n    tag: "{tag}"\n' for name, tag in tags.items())
    shop.push("application", {"values.yaml": values})
    shop.push("cart", {"main.go": "2"})
    shop.push_image("cart")
    supply(shop)
    moved = shop.head("application")
    shop.push("catalog", {"main.go": "2"})
    other = shop.push_image("catalog")
    supply(shop)
    clone = tmp_path / "clone"
    revert = ["git", "-C", str(clone), *PERSON, "revert", "--no-edit", "-X", "ours", moved]
    subprocess.run(["git", "clone", "-q", shop.git().url, str(clone)], check=True)
    subprocess.run(revert, check=True)
    subprocess.run(["git", "-C", str(clone), "push", "-q"], check=True)
    lines = supply(shop)
    assert (tag_of(shop, "cart"), tag_of(shop, "catalog")) == (tags["cart"], other)
    assert "written by a person in" in why(lines, "cart")
    assert shop.offered("shop")[0] in shop.show("Chart.yaml")
    assert not any(line.changed for line in supply(shop))

"""`headway explain image` on a real repository and a registry in this process."""

import json
from pathlib import Path

import pytest

from headway.cli import explaining
from headway.errors import BadInput
from tests.supplied_shop import REGISTRY, SuppliedShop


def test_the_image_of_a_service(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = SuppliedShop(tmp_path).begin()
    tag, head = shop.push_image("cart"), shop.head("cart")
    shop.tags["cart"]["latest"] = head
    workspace = shop.workspace()
    assert explaining.image_of(workspace, "cart", "table")
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == [
        f"{REGISTRY}/shop/cart",
        "in use: nothing",
        f"moves to {tag}: {tag} is the newest commit with an image",
    ]
    assert [line.split(maxsplit=2) for line in said[4:]] == [
        ["TAG", "COMMIT", "IS"],
        [tag, head[:12], "chosen"],
        ["latest", "-", "left out: it does not match {branch}-{sha} of branch main"],
    ]
    assert explaining.image_of(workspace, "cart", "name")
    assert capsys.readouterr().out == f"{tag}\n"
    with pytest.raises(BadInput, match=r"there is no service 'chart'\. Known: cart, catalog\."):
        explaining.image_of(workspace, "chart", "table")


def test_images_of_one_service_each_by_its_own_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = SuppliedShop(tmp_path).begin()
    policies = f"policy: {{kind: semver}}, images: {{worker: {{image: {REGISTRY}/shop/worker, policy: {{kind: newest-build}}}}}}"
    text = shop.show("headway.yaml").replace("/shop/cart}", f"/shop/cart, {policies}}}")
    values = "cart: {image: {tag: 1.1.0}, worker: {image: {tag: ''}}}\n"
    shop.push("application", {"headway.yaml": text, "values.yaml": values})
    head = shop.head("cart")
    shop.tags |= {"cart": {"1.0.0": head, "1.1.0": head, "latest": head}, "worker": {"a": head}}
    workspace = shop.workspace()
    assert explaining.image_of(workspace, "cart", "table")
    assert capsys.readouterr().out.splitlines() == [
        f"{REGISTRY}/shop/cart",
        "more images: cart.worker",
        "in use: 1.1.0",
        "stays: 1.1.0 is the highest version that '*' admits",
        "",
        "TAG     COMMIT        IS",
        f"1.1.0   {head[:12]}  in use",
        "1.0.0   -             older",
        "latest  -             left out: it is no semantic version",
    ]
    assert explaining.image_of(workspace, "cart.worker", "json")
    said = json.loads(capsys.readouterr().out)
    assert said == {
        "current": "",
        "chosen": None,
        "why": "of 1 tag none may be chosen: a: its image does not say when it was built",
        "tags": [{"tag": "a", "commit": head, "is": "left out: its image does not say when it was built"}],
    }


def test_a_chosen_image_that_is_barred_with_others_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = SuppliedShop(tmp_path).begin()
    tag = shop.push_image("cart")
    failed = f"""\
- image: "{REGISTRY}/shop/cart"
  version: "{tag}"
  environment: "testing"
  digest: "sha256:{"1" * 64}"
  reason: "its tests failed"
  since: "2026-11-27T10:00:00Z"
  with:
    - chart: "catalog"
      version: "0.1.7"
"""
    shop.push("application", {".headway/quarantine.yaml": failed})
    assert explaining.image_of(shop.workspace(), "cart", "table")
    said = capsys.readouterr().out.splitlines()
    assert said[2].startswith(f"moves to {tag}")
    assert said[-1].startswith(
        f"{REGISTRY}/shop/cart:{tag} with catalog:0.1.7 are barred together since 2026-11-27 10:00 UTC"
    )

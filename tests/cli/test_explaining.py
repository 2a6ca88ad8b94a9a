"""`headway explain image` on a real repository and a registry in this process."""

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

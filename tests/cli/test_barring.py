"""What `headway bar` and `headway allow` leave in git."""

from datetime import UTC, datetime
from pathlib import Path

from headway.cli import barring as command
from headway.decide.supply import barring
from headway.model.audit import Said
from tests.supplied_shop import REGISTRY, SuppliedShop


def test_a_barred_image_is_not_chosen_until_it_is_allowed(tmp_path: Path) -> None:
    shop = SuppliedShop(tmp_path).begin()
    tag, said = shop.push_image("cart"), Said("Ada", "loses orders", datetime.now(UTC))
    workspace = shop.workspace()

    def chosen() -> str:
        build = workspace.services.look("cart", workspace.source).image.build
        return build.tag if build else ""

    assert chosen() == tag
    reference = f"{REGISTRY}/shop/cart:{tag}"
    done = command.commit(workspace, reference, barring.bar, said)
    assert done == f"Bar image {REGISTRY}/shop/cart {tag}: committed {shop.head('application')[:12]}"
    assert "Ada: loses orders" in shop.show(".headway/quarantine.yaml")
    assert chosen() == ""
    assert command.commit(workspace, reference, barring.bar, said) == f"{reference} is barred already"
    command.commit(workspace, reference, barring.allow, said)
    assert chosen() == tag

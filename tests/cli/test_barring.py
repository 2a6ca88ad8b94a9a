"""What `headway bar` and `headway allow` leave in git, and `headway quarantine` shows of it."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from blocks import opening
from headway.cli import barring as command
from headway.cli import explaining, main, prefect_api
from headway.clients.chart_repository import open_writable_repository
from headway.decide.supply import barring
from headway.errors import Unreachable
from headway.model.audit import Said
from tests.clients.packages import package
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
    assert command.commit(workspace, reference, barring.bar, said) == (
        f"{reference} is barred already: headway quarantine shop says by whom, since when and why"
    )
    command.commit(workspace, reference, barring.allow, said)
    assert chosen() == tag


def test_what_is_barred_is_shown_out_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = SuppliedShop(tmp_path).begin()
    workspace = shop.workspace()
    monkeypatch.setattr(opening, "open_workspace", lambda _: workspace)
    monkeypatch.setattr(prefect_api, "prefect_server", contextlib.nullcontext)
    assert main(["quarantine", "shop"]) == 0
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[0]) == ("", "nothing of shop is barred")
    assert "which versions are barred, beside inputs, is not known" in err, "no cluster is at hand"
    reference = f"{REGISTRY}/shop/cart:{shop.push_image('cart')}"
    command.commit(workspace, reference, barring.bar, Said("Ada", "loses orders", datetime.now(UTC)))
    assert main(["quarantine", "shop", "-o", "name"]) == 0
    assert capsys.readouterr().out == f"{reference}\n"
    assert main(["quarantine", "shop"]) == 0
    assert f"Ada  headway allow shop {reference} --reason WHY  loses orders" in capsys.readouterr().out
    assert explaining.image_of(shop.workspace(), "cart", "table")
    told = capsys.readouterr().out.splitlines()[-1]
    assert told.startswith(f"{reference} is barred since ")
    assert told.endswith(
        f" by Ada: loses orders. To let it come again: headway allow shop {reference} --reason WHY"
    )


def test_without_repository_and_cluster_the_first_trouble_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def away(_: str) -> None:
        raise Unreachable("git does not answer")

    monkeypatch.setattr(opening, "open_workspace", away)
    monkeypatch.setattr(prefect_api, "prefect_server", contextlib.nullcontext)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    assert main(["quarantine", "shop"]) == 1
    assert capsys.readouterr().err.startswith("git does not answer The release records of the cluster")


@pytest.mark.parametrize("kind", ["image", "chart"])
def test_what_nobody_has_is_barred_and_that_is_said(tmp_path: Path, kind: str) -> None:
    shop = SuppliedShop(tmp_path).begin()
    workspace = shop.workspace()
    image = f"{REGISTRY}/shop/cart"
    if kind == "image":
        there, nowhere = f"{image}:{shop.push_image('cart')}", f"{image}:main-0000000"
    else:
        there, nowhere = "cart:0.1.0", "cart:9.9.9"
        charts = open_writable_repository(f"file://{shop.folder}/testing")
        charts.publish(package("cart", "0.1.0"), created=datetime.now(UTC))
    assert command.unseen(workspace, there) == ""
    said = command.unseen(workspace, nowhere)
    assert said.startswith(f"its {'registry' if kind == 'image' else 'chart repository'} has no ")
    assert f"headway allow shop {nowhere} --reason WHY" in said
    assert (f"the image of cart is written {image}:9.9.9" in said) is (kind == "chart")


def test_whoever_bars_is_told_what_keeps_it_out_of_where_it_may_still_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = SuppliedShop(tmp_path).begin()
    monkeypatch.setattr(command, "open_workspace", lambda _: shop.workspace())
    monkeypatch.setattr(command, "prefect_server", contextlib.nullcontext)
    reference = f"{REGISTRY}/shop/cart:{shop.push_image('cart')}"
    assert main(["bar", "shop", reference, "--reason", "leaks", "--by", "Ada"]) == 0
    told = (
        "versions that hold it already still go on to staging. To keep them out until one without it is good in testing: "
        "headway freeze shop staging --reason WHY"
    )
    assert told in capsys.readouterr().err
    assert main(["allow", "shop", reference, "--reason", "mended", "--by", "Ada"]) == 0
    assert "go on to" not in capsys.readouterr().err


def test_a_dry_run_says_what_would_be_committed(tmp_path: Path) -> None:
    shop = SuppliedShop(tmp_path).begin()
    workspace, said = shop.workspace(), Said("Ada", "loses orders", datetime.now(UTC))
    reference, head = f"{REGISTRY}/shop/cart:{shop.push_image('cart')}", shop.head("application")
    would = command.preview(workspace, reference, barring.bar, said)
    assert would.startswith("Nothing was changed. Would commit: Bar image ")
    assert command.preview(workspace, reference, barring.allow, said) == f"{reference} is not barred"
    assert shop.head("application") == head

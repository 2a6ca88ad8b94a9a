"""`headway add` says all that a block holds: nobody has to open the Prefect UI for what an operator allows."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from blocks import Application, Site
from headway.cli.commands import headway
from headway.cli.commands.add import add as command
from tests.fast.conftest import MakeShop
from tests.fast.shop import Shop

SAID_AS = {
    "git_url": "url",
    "policy_git_url": "policy_url",
    "signing_key": "signing_key_from",
    "sops_age_key": "sops_age_key_from",
    "charts_username": "charts_user",
    "charts_password": "charts_password_from",
}
BY_OTHER_MEANS = {"cluster", "frozen"}
"""Of a site: a block of another name than `--cluster` saves; `headway freeze`."""


@pytest.mark.parametrize("kind", [Application, Site])
def test_every_field_of_a_block_can_be_named(kind: type[Application] | type[Site]) -> None:
    options = {each.name for each in command.params}
    fields = {name for name in kind.model_fields if not name.startswith("_")} - {"block_type_slug"}
    left = {each for each in fields if SAID_AS.get(each, each) not in options}
    assert left == (BY_OTHER_MEANS if kind is Site else set())


@pytest.fixture
def shop(make_shop: MakeShop) -> Shop:
    return make_shop()


def add(shop: Shop, *words: str) -> Result:
    return CliRunner().invoke(headway, ["add", shop.git.url, *words])


def saved(shop: Shop) -> Application:
    block = Application.load(shop.name)
    assert isinstance(block, Application)
    return block


def test_what_an_operator_allows_is_saved_kept_and_taken_away(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "age.txt").write_text("AGE-SECRET-KEY-1X\n")
    words = ["--place", "shop-testing", "--place", "shop-staging/shop", "--gated", "staging"]
    words += ["--repository", f"file://{shop.folder}", "--image", "registry.example.com/shop"]
    words += ["--local-folder", str(shop.folder), "--key-service", "https://vault.example.com"]
    tried = add(shop, *words, "--dry-run")
    assert "places shop-testing shop-staging/shop, gates staging" in tried.output
    done = add(shop, *words, "--sops-age-key-from", str(tmp_path / "age.txt"))
    assert done.exit_code == 0, done.output
    assert add(shop, "--place", "shop-testing").exit_code == 0
    block = saved(shop)
    assert block.places == ["shop-testing"], "a list is named as a whole"
    assert (block.gates, block.repositories) == (["staging"], [f"file://{shop.folder}"])
    assert (block.images, block.key_services) == (
        ["registry.example.com/shop"],
        ["https://vault.example.com"],
    )
    assert block.local_folders == [str(shop.folder)]
    assert block.sops_age_key
    assert block.sops_age_key.get_secret_value() == "AGE-SECRET-KEY-1X"
    shown = CliRunner().invoke(headway, ["blocks", shop.name]).output
    assert "places shop-testing" in shown
    assert "AGE-SECRET" not in shown
    assert add(shop, "--place", "", "--sops-age-key-from", "").exit_code == 0
    assert (saved(shop).places, saved(shop).sops_age_key) == ([], None)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(["--local-folder", "charts"], "is no folder of the worker in full", id="not in full"),
        pytest.param(["--sops-age-key-from", "/nowhere/age"], "it cannot be read", id="no such file"),
    ],
)
def test_what_does_not_hold_is_refused_before_anything_is_saved(
    shop: Shop, words: list[str], sentence: str
) -> None:
    before = saved(shop).model_dump()
    assert sentence in str(add(shop, "--place", "shop-testing", *words).exception)
    assert saved(shop).model_dump() == before

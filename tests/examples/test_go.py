"""The Go tests of the example pass, and the change that breaks the contract passes the catalog's own."""

import shutil
from pathlib import Path

import pytest

from sandbox.seed import CART_COUNTS_ITEMS, CATALOG_GIVES_PRICE_BACK, CATALOG_RENAMES_PRICE, Change
from tests.examples.conftest import REPOSITORIES, Run

pytestmark = pytest.mark.sandbox
"""They build with the Go toolchain that the sandbox brings."""


@pytest.mark.parametrize("name", ["catalog", "cart", "storefront", "tests"])
def test_go_test(name: str, run: Run) -> None:
    for argv in (["go", "vet", "./..."], ["go", "test", "./..."]):
        done = run(argv, REPOSITORIES[name])
        assert done.returncode == 0, done.stdout + done.stderr
    assert run(["gofmt", "-l", "."], REPOSITORIES[name]).stdout == ""


@pytest.mark.parametrize(
    ("service", "changes"),
    [
        pytest.param("cart", (CART_COUNTS_ITEMS,), id="the cart counts its items"),
        pytest.param("catalog", (CATALOG_RENAMES_PRICE,), id="the catalog renames its price"),
        pytest.param("catalog", (CATALOG_RENAMES_PRICE, CATALOG_GIVES_PRICE_BACK), id="and gives it back"),
    ],
)
def test_a_change_of_the_story_passes_its_service_s_tests(
    service: str, changes: tuple[Change, ...], run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / service
    shutil.copytree(REPOSITORIES[service], folder)
    for change in changes:
        for edit in change.edits:
            edit(folder)
    done = run(["go", "test", "./..."], folder)
    assert done.returncode == 0, done.stdout + done.stderr

"""An application in folders for tests that need no cluster, and a copy of the example for supply and its bad input."""

from collections.abc import Iterator

import pytest
from prefect import flow

from tests.flows.shop import MakeShop, Shop
from tests.quick_git import start_git_by_itself
from tests.quiet_prefect import memory_folder
from tests.supplied_shop import SERVICES, SuppliedShop

ON_ONE_SHOP = ("test_supply", "test_bad_input")
"""Modules, in the order in which its story goes on."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    told = [item for item in items if _module(item) in ON_ONE_SHOP]
    if told:
        first, others = items.index(told[0]), [item for item in items if item not in told]
        told.sort(key=lambda item: ON_ONE_SHOP.index(_module(item)))
        items[:] = [*others[:first], *told, *others[first:]]


def _module(item: pytest.Item) -> str:
    return item.path.stem if item.path.parent.name == "flows" else ""


@pytest.fixture(scope="session")
def supplied_copy(make_shop: MakeShop) -> Iterator[Shop]:
    """Seeded, and left as one module leaves it to the next."""
    with make_shop("flows-supply") as shop:
        yield shop


@pytest.fixture(scope="session")
def seeded_shop(quiet_prefect: None) -> SuppliedShop:  # noqa: ARG001
    """An application in folders, its charts published for the images that are there."""
    from flows.stages import SUPPLY, run_stages

    shop = SuppliedShop(memory_folder("supplied") / "shop")
    shop.folder.mkdir()
    shop.begin()
    for service in SERVICES:
        shop.push_image(service)
    supplied = flow(run_stages, validate_parameters=False)(SUPPLY, shop.workspace())
    assert not [str(line) for line in supplied if line.failed]
    shop.keep()
    return shop


@pytest.fixture
def shop(seeded_shop: SuppliedShop, monkeypatch: pytest.MonkeyPatch) -> SuppliedShop:
    """The same for each test."""
    start_git_by_itself(monkeypatch)
    return seeded_shop.restore()

"""An application in folders for tests that need no cluster."""

import pytest
from prefect import flow

from tests.quick_git import start_git_by_itself
from tests.quiet_prefect import memory_folder
from tests.supplied_shop import SERVICES, SuppliedShop


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

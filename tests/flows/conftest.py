"""A copy of the example for each module, and a Prefect server of the tests' own.

The server is our own because the sandbox's schedules look at every application that is registered there.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from prefect import flow
from prefect.settings import PREFECT_API_URL

from sandbox import address as sandbox_address
from sandbox.demo.register import save_blocks
from sandbox.seed import Layout, reset, seed
from tests.flows.shop import MakeShop, Shop
from tests.quiet_prefect import memory_folder
from tests.supplied_shop import SERVICES, SuppliedShop


@pytest.fixture(scope="session")
def prefect_server(kept: Path) -> Iterator[str]:
    """Address of an empty Prefect server; it knows the release deployment and has no worker."""
    # Prefect's own server takes 10 s of processor time to import.
    from tests import prefect_server as server

    with server.prefect_server(kept):
        yield str(PREFECT_API_URL.value())


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
def shop(seeded_shop: SuppliedShop) -> SuppliedShop:
    """The same for each test."""
    return seeded_shop.restore()


@pytest.fixture(scope="session")
def address() -> Iterator[sandbox_address.Address]:
    """The sandbox, with its key and its programs as the worker has them."""
    address = sandbox_address.load()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOPS_AGE_KEY_FILE", str(address.age_key_file))
        patch.setenv("PATH", f"{address.bin}{os.pathsep}{os.environ['PATH']}")
        yield address


@pytest.fixture(scope="session")
def make_shop(prefect_server: str, address: sandbox_address.Address) -> MakeShop:
    """Seeds a copy of that name with its blocks, and takes all of it away afterwards."""
    assert prefect_server

    @contextmanager
    def make(name: str, registry: str = "") -> Iterator[Shop]:
        layout = Layout(replace(address, registry=registry or address.registry), name)
        shop = Shop(layout)
        # What a killed run has left.
        shop.cluster.delete_namespaces()
        reset(layout)
        seed(layout)
        save_blocks(layout)
        shop.cluster.make_namespaces()
        try:
            yield shop
        finally:
            shop.cluster.delete_namespaces()
            reset(layout)

    return make

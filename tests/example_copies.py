"""A copy of the example for each module, and a Prefect server of the tests' own.

The server is our own because the sandbox's schedules look at every application that is registered there. Prefect is imported
by whoever asks for these fixtures alone.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox import address as sandbox_address

if TYPE_CHECKING:
    from tests.flows.shop import MakeShop, Shop


@pytest.fixture(scope="session")
def prefect_server(kept: Path) -> Iterator[str]:
    """Address of an empty Prefect server; it knows the deployments and has no worker."""
    # Prefect's own server takes 10 s of processor time to import.
    from prefect.settings import PREFECT_API_URL

    from tests import prefect_server as server

    with server.prefect_server(kept):
        yield str(PREFECT_API_URL.value())


@pytest.fixture(scope="session")
def as_the_worker() -> Iterator[sandbox_address.Address]:
    """The sandbox, with its key and its programs as the worker has them."""
    address = sandbox_address.load()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOPS_AGE_KEY_FILE", str(address.age_key_file))
        patch.setenv("PATH", f"{address.bin}{os.pathsep}{os.environ['PATH']}")
        yield address


@pytest.fixture(scope="session")
def make_shop(prefect_server: str, as_the_worker: sandbox_address.Address) -> "MakeShop":
    """Seeds a copy of that name with its blocks, and takes all of it away afterwards."""
    from sandbox.demo.register import save_blocks
    from sandbox.seed import Layout, reset, seed
    from tests.flows.shop import Shop

    assert prefect_server

    @contextmanager
    def make(name: str, registry: str = "") -> "Iterator[Shop]":
        layout = Layout(replace(as_the_worker, registry=registry or as_the_worker.registry), name)
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
            shop.cluster.begin_to_delete_namespaces()
            reset(layout)

    return make

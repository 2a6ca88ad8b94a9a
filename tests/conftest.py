"""The sandbox, for the tests that need it: they fail, and are never skipped, when it does not run."""

import gc
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from headway.clients.helm.command import Helm
from sandbox import address
from sandbox import forge as sandbox_forge
from sandbox.failure import SandboxError
from sandbox.forge import Forge
from tests.example_copies import as_the_worker, make_shop, prefect_server

__all__ = ["as_the_worker", "make_shop", "prefect_server"]


def pytest_configure() -> None:
    """A shell starts what runs beside it deaf to SIGINT, and so would be whatever the tests start."""
    # Looking for garbage as often as Python does took more than a tenth of the time; memory is the same.
    gc.set_threshold(20_000, 20, 100)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """What thousands of tests and all modules are made of stays: looking through it for garbage took a tenth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def sandbox() -> address.Address:
    """Addresses of the running sandbox."""
    try:
        return address.load()
    except SandboxError as error:
        pytest.fail(f"this test needs the sandbox: run make up ({error})")


@pytest.fixture(scope="session")
def forge() -> Forge:
    """The sandbox's, started where it does not run; it is built by `make forge`."""
    return sandbox_forge.start()


@pytest.fixture(scope="session")
def helm() -> Iterator[Helm]:
    """HEADWAY_HELM, the helm on PATH, else the one that the sandbox built."""
    with pytest.MonkeyPatch.context() as patch:
        if not os.environ.get("HEADWAY_HELM") and shutil.which("helm") is None:
            try:
                patch.setenv("HEADWAY_HELM", str(address.load().bin / "helm"))
            except SandboxError:
                pytest.fail("this test needs helm: install it, set HEADWAY_HELM, or run make up")
        yield Helm.find()


@pytest.fixture(scope="session")
def kept(pytestconfig: pytest.Config) -> Path:
    """A folder that the next run finds as this one leaves it."""
    return pytestconfig.cache.mkdir("headway")


@pytest.fixture(scope="session", name="quiet_prefect")
def _quiet_prefect(kept: Path) -> Iterator[None]:
    """A Prefect server for flows that need no other system."""
    from tests.quiet_prefect import quiet_prefect

    with quiet_prefect(kept):
        yield

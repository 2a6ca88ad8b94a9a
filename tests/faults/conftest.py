"""One shop for all faults; each test leaves it with a version that is good."""

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from headway.decide.release import failure_cause
from sandbox import address as sandbox_address
from sandbox import places
from sandbox.demo.forget import forget
from sandbox.demo.prefect_api import PrefectApi
from sandbox.demo.register import register
from tests.faults import table
from tests.faults.moody_registry import MoodyRegistry
from tests.faults.troubled_shop import Row, TroubledShop
from tests.faults.worker import Worker
from tests.flows.shop import MakeShop

NAME = "faults"
ROWS = pytest.StashKey[dict[str, Row]]()


@pytest.fixture(scope="session")
def registry() -> Iterator[MoodyRegistry]:
    """Nodes pull from it as from the sandbox's own."""
    with MoodyRegistry(sandbox_address.load().registry).serving() as registry:
        trusted = places.STATE / "certs.d" / registry.address
        trusted.mkdir()
        hosts = f'server = "http://{registry.address}"\n[host."http://{registry.address}"]\n'
        (trusted / "hosts.toml").write_text(f'{hosts}  capabilities = ["pull", "resolve"]\n')
        yield registry
        shutil.rmtree(trusted)


@pytest.fixture(scope="session")
def patience() -> Iterator[None]:
    """The pauses between two tries, which begin at half a minute, are a second each here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(failure_cause, "_FIRST", timedelta(seconds=1))
        patch.setattr(failure_cause, "_LONGEST", timedelta(seconds=1))
        yield


@pytest.fixture(scope="session")
def delivered_shop(
    make_shop: MakeShop,
    registry: MoodyRegistry,
    patience: None,  # noqa: ARG001
) -> Iterator[TroubledShop]:
    with make_shop(NAME, registry.address) as shop:
        troubled = TroubledShop(shop)
        troubled.set_timeout("20s")
        troubled.deliver()
        troubled.look_until("Released")
        yield troubled


@pytest.fixture
def worker(shop: TroubledShop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """The sandbox's, with its Prefect server, on which looks run meanwhile."""
    layout = shop.shop.layout
    prefect = PrefectApi(layout.address.prefect_api)
    # `register` leaves it in the environment.
    monkeypatch.setenv("PREFECT_API_URL", prefect.url)
    with temporary_settings(updates={PREFECT_API_URL: prefect.url}):
        register(layout, prefect.url)
        yield Worker(prefect)
    forget(prefect, layout.name)


@pytest.fixture
def shop(delivered_shop: TroubledShop, request: pytest.FixtureRequest) -> Iterator[TroubledShop]:
    """A shop that runs a good version; what the test is called stands in the table, with what its looks ended in."""
    delivered_shop.begin()
    yield delivered_shop
    rows = request.config.stash.setdefault(ROWS, {})
    rows[fault_of(request.node.name)] = delivered_shop.row
    assert delivered_shop.runs(delivered_shop.good), "every test leaves a good version behind"


def fault_of(test: str) -> str:
    name, _, parameter = test.removeprefix("test_").partition("[")
    words = name.replace("_", " ")
    return f"{words}: {parameter.rstrip(']')}" if parameter else words


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if os.environ.get("HEADWAY_FAULTS") == "write" and exitstatus == 0:
        table.write(session.config.stash[ROWS])

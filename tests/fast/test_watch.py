"""watch: the same look at every application; one that fails does not hold up the others."""

from collections.abc import Iterator

import pytest
from prefect import get_client

from blocks import Application
from flows.watch import registered, watch
from headway.errors import Retryable
from tests.fast.memory import prefect_runs
from tests.fast.shop import Shop


@pytest.fixture
def others(delivered: Shop) -> Iterator[None]:
    """Two more are registered, one before and one after the shop: their repositories are not there."""
    names = ("another", "zebra")
    for name in names:
        Application(git_url=f"file://{delivered.folder}/{name}.git").save(name, overwrite=True)
    yield
    for name in names:
        Application.delete(name)


@pytest.mark.usefixtures("others")
def test_one_failing_application_does_not_hold_up_the_others(delivered: Shop) -> None:
    image = delivered.change_code()
    with pytest.raises(Retryable, match="another, zebra could not be delivered whole"):
        watch()
    assert prefect_runs.work() == [("testing", "Released")]
    assert delivered.image() == image


def test_everything_that_is_registered_is_looked_at(delivered: Shop) -> None:
    assert registered() == [delivered.name]
    before = delivered.everything()
    watch()
    assert delivered.everything() == before
    with get_client(sync_client=True) as client:
        names = {run.name for run in client.read_flow_runs(limit=200)}
    assert "Deliver shop" in names

"""A run that has two processes, on two machines: it was suspended at work and resumed before its step had ended, or was taken for
crashed. The lease keeps them apart, and the second goes on where the first has ended."""

from collections.abc import Callable
from typing import Any

import pytest

from blocks.opening import open_workspace
from flows import turns
from flows.contexts import open_release
from flows.deliver import deliver
from flows.run_tests import run_tests
from headway.clients.kubernetes.lease import Held, ReleaseLease
from tests.fast.memory import prefect_runs
from tests.fast.shop import Shop


@pytest.fixture
def due(delivered: Shop) -> Shop:
    """Its run is scheduled, and not begun."""
    delivered.change_code()
    deliver(delivered.name)
    return delivered


def at_work(shop: Shop, called: str) -> Held:
    """A process has the lease."""
    held = open_release(open_workspace(shop.name), "testing").lease.acquire(called)
    assert isinstance(held, Held)
    return held


def the_run() -> str:
    return str(prefect_runs.release_runs()[-1].id)


def looked_at(monkeypatch: pytest.MonkeyPatch, *then: Callable[[], object]) -> list[str]:
    """What happens before each look of who waits; who was found to hold the lease by them."""
    real, found, left = ReleaseLease.holder, list[str](), list(then)

    def holder(self: ReleaseLease) -> str:
        if left:
            left.pop(0)()
        found.append(real(self))
        return found[-1]

    monkeypatch.setattr(ReleaseLease, "holder", holder)
    monkeypatch.setattr(turns, "LOOK_SECONDS", 0.0)
    return found


def nothing() -> None:
    pass


def test_the_second_writes_nothing_beside_the_first_and_goes_on_after_it(
    due: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = at_work(due, f"another-machine {the_run()}")
    before = due.everything()

    def suspended() -> None:
        """The first ends at its next step, without another look."""
        assert due.everything() == before
        former.__exit__(None, None, None)

    found = looked_at(monkeypatch, nothing, nothing, suspended)
    assert prefect_runs.work() == [("testing", "Released")]
    assert found == [f"another-machine {the_run()}"] * 2 + [""]
    assert due.good() == ["0.1.1", "0.1.0"]
    assert due.history() == [(1, "superseded", "0.1.0"), (2, "deployed", "0.1.1")]


def test_one_whose_machine_is_gone_is_waited_for_until_its_lease_has_expired(
    due: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = at_work(due, f"another-machine {the_run()}")
    former._stop.set()  # it renews it no more
    looked_at(monkeypatch, nothing, lambda: due.time_passes("testing"))
    assert prefect_runs.work() == [("testing", "Released")]
    assert due.good() == ["0.1.1", "0.1.0"]


def test_where_another_run_takes_it_meanwhile_the_release_is_left_to_that(
    due: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = at_work(due, f"another-machine {the_run()}")
    others: list[Held] = []

    def taken_over() -> None:
        former.__exit__(None, None, None)
        others.append(at_work(due, "another-machine another-run"))

    looked_at(monkeypatch, taken_over)
    assert prefect_runs.work() == [("testing", "Handed over")]
    (other,) = others
    with other:
        assert other.release(), "it is told to look again"


def test_one_that_never_ends_keeps_nobody_for_ever(due: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "FORMER_SECONDS", 0.0)
    with at_work(due, f"another-machine {the_run()}"):
        assert prefect_runs.work() == [("testing", "Handed over")]
    assert due.history() == [(1, "deployed", "0.1.0")]


def test_tests_once_more_wait_as_well(delivered: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    former: list[Held] = []
    take = turns.take

    def begun_before(context: Any) -> Any:
        former.append(at_work(delivered, f"another-machine {context.run}"))
        return take(context)

    monkeypatch.setattr(turns, "take", begun_before)
    looked_at(monkeypatch, nothing, lambda: former[0].__exit__(None, None, None))
    assert run_tests(delivered.name, "testing", return_state=True).name == "Tested"

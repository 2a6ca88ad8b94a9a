"""`headway tests`: what runs is tested once more, under the lease, and nothing follows from it."""

from datetime import timedelta

import pytest

from blocks.opening import open_workspace
from flows.run_tests import run_tests
from headway.clients.kubernetes.lease import Held, ReleaseLease
from headway.errors import Conflict, Refused
from headway.workspace.held_release import HeldRelease
from tests.fast.memory import prefect_runs
from tests.fast.shop import TESTS_IMAGE, Shop


@pytest.mark.story
def test_what_tests_say_is_told_and_nothing_follows_from_it(
    delivered: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    record, history = delivered.record(), delivered.history()
    state = run_tests(delivered.name, "testing", return_state=True)
    assert (state.name, state.message) == ("Tested", "The tests of 0.1.0 pass.")
    assert "All tests passed." in delivered.report("testing-tests")
    assert any(each.startswith("Job buy-something passed in ") for each in caplog.messages), "as it ends"
    delivered.cluster().kubelet.tests[TESTS_IMAGE] = "says no"
    state = run_tests(delivered.name, "testing", return_state=True)
    assert (state.name, state.is_failed()) == ("Tests failed", True)
    assert "Job buy-something failed" in str(state.message)
    assert "| buy-something | **failed** |" in delivered.report("testing-tests")
    assert state.state_details.flow_run_id
    kept = prefect_runs.values(state.state_details.flow_run_id, "tests")
    told = [(each["name"], each["passed"]) for each in kept["tests"]]
    assert (kept["passed"], kept["version"], told[-1]) == (False, "0.1.0", ("buy-something", False))
    assert (delivered.record(), delivered.history()) == (record, history)
    assert delivered.deliver() == []


@pytest.mark.story
def test_who_asks_stands_in_the_audit_and_in_nothing_else(delivered: Shop) -> None:
    record, history = delivered.record(), delivered.history()
    prefect_runs.events()
    run_tests(delivered.name, "testing", by="Ada", reason="the database was moved")
    after = delivered.record()
    assert delivered.audit()[0] == ("tests-started", "0.1.0", "Ada", "the database was moved")
    assert {**after, "audit": after["audit"][1:]} == {"audit": [], **record}
    assert delivered.history() == history
    (told,) = [said for name, said in prefect_runs.events() if name == "headway.release.decided"]
    assert (told["decision"], told["by"]) == ("tests-started", "Ada")


@pytest.mark.story
def test_what_nobody_adopted_does_not_become_ours_by_it(delivered: Shop) -> None:
    delivered.forget_record()
    run_tests(delivered.name, "testing", by="Ada", reason="why")
    assert delivered.record() == {}


@pytest.mark.story
def test_nothing_is_tested_where_nothing_runs(shop: Shop) -> None:
    with pytest.raises(Refused, match="there is nothing to test"):
        run_tests(shop.name, "staging")


@pytest.mark.story
def test_who_is_at_work_is_named(delivered: Shop) -> None:
    workspace = open_workspace(delivered.name)
    lease = ReleaseLease(workspace.cluster("testing"), delivered.namespace(), delivered.name)
    held = lease.acquire(holder="somebody", duration=timedelta(minutes=1))
    assert isinstance(held, Held)
    with held, pytest.raises(Conflict, match="somebody is at work on it"):
        run_tests(delivered.name, "testing")


def test_what_is_asked_meanwhile_is_looked_at_afterwards(
    delivered: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = HeldRelease.run_tests

    def meanwhile(self: HeldRelease, *given: object, **keys: object) -> object:
        delivered.change_code()
        assert delivered.deliver() == [("testing", "Handed over")]
        return ran(self, *given, **keys)  # type: ignore[arg-type]

    monkeypatch.setattr(HeldRelease, "run_tests", meanwhile)
    run_tests(delivered.name, "testing")
    monkeypatch.undo()
    assert ("testing", "Released") in prefect_runs.work()

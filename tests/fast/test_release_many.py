"""Several environments that are due at once: one run releases them, and each fares as by a run of its own."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from contextlib import contextmanager
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import NoReturn
from uuid import UUID

import pytest
from prefect.states import Cancelled

from blocks import Cluster
from flows import ended_environments, release_many, stages, starting
from flows.deliver import deliver
from flows.freeze import freeze
from headway.decide.release import together
from headway.errors import Retryable
from headway.workspace.held_release import HeldRelease
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.memory.helm import RunKilled
from tests.fast.shop import Shop

LATER = ("eu-1", "eu-2", "eu-3")
ALL = ", ".join(LATER)
AFTER_TESTING = {name: {"after": "testing"} for name in LATER}


@pytest.fixture
def shop(make_shop: MakeShop) -> Shop:
    """0.1.0 has passed in the first environment; three that follow it have nothing yet."""

    def deliver_to_testing(made: Shop) -> None:
        assert made.deliver() == [("testing", "Released")]

    environments = ("testing", *LATER)
    return make_shop(supplied=True, environments=environments, then=deliver_to_testing, **AFTER_TESTING)


@pytest.fixture
def running(make_shop: MakeShop) -> Shop:
    """0.1.0 runs everywhere; 0.1.1 has passed in the first environment."""

    def change(made: Shop) -> None:
        made.change_code()
        assert made.deliver() == [("testing", "Released")]

    return make_shop(delivered=True, environments=("testing", *LATER), then=change, **AFTER_TESTING)


def the_run() -> UUID:
    return prefect_runs.release_runs()[-1].id


def frozen(shop: Shop) -> list[bool]:
    return [shop.record(each).get("freeze") is not None for each in LATER]


def until(what: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not what():
        assert time.monotonic() < ends, "it does not come"
        time.sleep(0.01)


@contextmanager
def killed_in(shop: Shop, environment: str, part: str = "PUT /configmaps") -> Iterator[None]:
    """The process of the run is killed right before a write there; afterwards its lease has expired."""

    def kill() -> None:
        shop.cluster(environment).away = True
        raise RunKilled

    with shop.quarrel(environment, part, kill), pytest.raises(RunKilled):
        yield
    shop.cluster(environment).away = False
    shop.time_passes(environment)


def test_a_cluster_that_hangs_does_not_delay_the_others(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A silent one is waited for a minute; before, no run began until it had been."""
    monkeypatch.setattr(starting, "QUIET_SECONDS", 0.2)
    before = len(prefect_runs.release_runs())
    hangs = ("GET /secrets", lambda: until(lambda: len(prefect_runs.release_runs()) >= before + 2))
    shop.cluster("eu-1").meanwhile.append(hangs)
    deliver(shop.name)
    assert hangs not in shop.cluster("eu-1").meanwhile
    about = [each.parameters["environment"] for each in prefect_runs.release_runs()[before:]]
    assert (sorted(about), about[-1]) == ([*LATER], "eu-1")


def test_one_run_releases_them_all(shop: Shop) -> None:
    prefect_runs.events()
    assert shop.deliver() == [(ALL, "Released")]
    run = prefect_runs.release_runs()[-1]
    assert run.name == "Release shop to eu-1, eu-2 and eu-3"
    assert run.parameters == {"application": "shop", "environments": list(LATER)}
    assert prefect_runs.state(run.id) == f"Released: Released: 3 environments, {ALL}."
    for each in LATER:
        assert shop.good(each) == ["0.1.0"]
        assert shop.history(each) == [(1, "deployed", "0.1.0")]
        assert "0.1.0" in prefect_runs.artifact(f"shop-{each}-plan")
        assert "0.1.0" in prefect_runs.artifact(f"shop-{each}-tests")
        assert f"{each}" in shop.report()
    tested = [said for name, said in prefect_runs.events() if name == "headway.release.tested"]
    assert sorted(said["environment"] for said in tested) == list(LATER)


def test_a_second_look_does_nothing(shop: Shop) -> None:
    assert shop.deliver() == [(ALL, "Released")]
    before, runs = shop.everything(), len(prefect_runs.release_runs())
    assert shop.deliver() == []
    assert (shop.everything(), len(prefect_runs.release_runs())) == (before, runs)


def test_clusters_are_not_asked_for_one_by_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> NoReturn:
        raise AssertionError(f"the block of {name} is asked for alone")

    deliver(shop.name)
    monkeypatch.setattr(Cluster, "load", load)
    assert prefect_runs.work() == [(ALL, "Released")]
    monkeypatch.setattr(stages, "DELIVERY", (stages.PROMOTE, stages.RELEASE))
    deliver(shop.name)
    assert "release: eu-3: InSync" in shop.report()


def test_two_looks_at_once_start_one_run(shop: Shop) -> None:
    deliver(shop.name)
    deliver(shop.name)
    assert prefect_runs.work() == [(ALL, "Released")]
    assert "eu-2 | Absent | 'Release shop to eu-1, eu-2 and eu-3' is scheduled already" in shop.report()


def test_a_bad_one_goes_back_alone(running: Shop) -> None:
    image = running.image("testing")
    running.cluster("eu-2").kubelet.tests[image] = "says no"
    running.cluster("eu-2").kubelet.says[image] = "no\n"
    assert running.deliver() == [(ALL, "Not all released")]
    said = prefect_runs.state(the_run())
    assert said.startswith("Not all released: eu-2: Rolled back. ")
    assert said.endswith(" Released: 2 environments, eu-1, eu-3.")
    assert [running.good(each) for each in LATER] == [["0.1.1", "0.1.0"], ["0.1.0"], ["0.1.1", "0.1.0"]]
    assert [running.rejected(each) for each in LATER] == [[], ["0.1.1"], []], "barred there alone"
    assert running.history("eu-2")[-1] == (3, "deployed", "0.1.0")
    assert running.deliver() == []


def test_one_that_cannot_be_reached_keeps_no_other(running: Shop) -> None:
    deliver(running.name)
    running.cluster("eu-1").away = True
    assert prefect_runs.work() == [(ALL, "Not all released")]
    assert prefect_runs.state(the_run()).startswith("Not all released: eu-1: Failed. ")
    assert [running.good(each)[0] for each in ("eu-2", "eu-3")] == ["0.1.1", "0.1.1"]
    running.cluster("eu-1").away = False
    assert running.deliver() == [("eu-1", "Released")]


def test_one_behind_a_gate_has_a_run_of_its_own(make_shop: MakeShop) -> None:
    keys = {**AFTER_TESTING, "us": {"after": "testing", "gate": "approval"}}
    shop = make_shop(supplied=True, environments=("testing", *LATER, "us"), **keys)
    assert shop.deliver() == [("testing", "Released")]
    assert sorted(shop.deliver()) == [(ALL, "Released"), ("us", "Suspended")]


def test_one_that_turns_out_to_need_a_person_gets_a_run_of_its_own(running: Shop) -> None:
    """The gate is set after the look."""
    deliver(running.name)
    text = running.git.read("headway.yaml").replace("eu-2:\n", "eu-2:\n    gate: approval\n")
    running.git.push({"headway.yaml": text}, "Ask before eu-2")
    assert prefect_runs.work() == [(ALL, "Released"), ("eu-2", "Suspended")]
    assert "Handed over: 1 environment, eu-2." in prefect_runs.state(
        next(run.id for run in prefect_runs.release_runs() if "environments" in run.parameters)
    )
    assert running.good("eu-2") == ["0.1.0"]
    asked = the_run()
    assert running.deliver() == [("testing", "Released")], "eu-2 is asked about once"
    prefect_runs.answer(asked, approved=True)
    assert prefect_runs.work() == [("eu-2", "Released")]


def test_one_that_was_frozen_meanwhile_stays(running: Shop) -> None:
    deliver(running.name)
    freeze(running.name, "eu-2", "the database is moved", return_state=True)
    assert prefect_runs.work() == [(ALL, "Not all released")]
    assert [running.good(each)[0] for each in LATER] == ["0.1.1", "0.1.0", "0.1.1"]


# The run ends before its time.


def test_after_a_kill_the_next_look_goes_on_and_nothing_is_done_twice(running: Shop) -> None:
    deliver(running.name)
    with killed_in(running, "eu-2"):
        prefect_runs.work()
    assert running.good("eu-1")[0] == running.good("eu-3")[0] == "0.1.1"
    assert running.deliver() == [("eu-2", "Released")]
    assert [running.history(each)[-1] for each in LATER] == [(2, "deployed", "0.1.1")] * 3
    assert [running.audit(each) for each in LATER] == [[]] * 3


@pytest.mark.parametrize("minutes", [0, -4, 4], ids=["is right", "is behind", "is ahead"])
def test_a_run_that_was_killed_untold_and_is_cancelled_stops_what_has_not_passed(
    minutes: int, running: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whatever clock of its worker, compared with that of Prefect's server."""
    monkeypatch.setattr(HeldRelease, "now", lambda _: datetime.now(UTC) + timedelta(minutes=minutes))
    deliver(running.name)
    with killed_in(running, "eu-2"):
        prefect_runs.work()
    prefect_runs.put(the_run(), Cancelled(message="Flow run was cancelled successfully."))
    assert running.deliver() == []
    assert frozen(running) == [False, True, False]


def test_a_look_before_the_run_hears_of_its_cancellation_stops_what_is_at_work(running: Shop) -> None:
    deliver(running.name)
    run, context = the_run(), copy_context()

    def cancel_and_look() -> None:
        until(lambda: running.good("eu-1")[0] == running.good("eu-3")[0] == "0.1.1")
        prefect_runs.cancel(run)
        look = Thread(target=context.run, args=(deliver, running.name))
        look.start()
        look.join()

    with running.quarrel("eu-2", "PUT /configmaps", cancel_and_look):
        prefect_runs.work()
    assert frozen(running) == [False, True, False]
    prefect_runs.put(run, Cancelled(message="Flow run was cancelled successfully."))
    running.change_code()
    running.deliver_all()
    assert prefect_runs.state(run) == "Stopped: shop in eu-2 is frozen: headway release shop eu-2 goes on."
    assert [running.good(each)[0] for each in ("eu-1", "eu-3")] == ["0.1.2", "0.1.2"]
    assert frozen(running) == [False, True, False]


def test_a_run_that_is_cancelled_as_it_ends_stops_nothing(
    running: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(running.name)
    run, end = the_run(), together.end

    def cancelled(ended: Sequence[together.Ended]) -> together.End:
        prefect_runs.cancel(run)
        return end(ended)

    monkeypatch.setattr(together, "end", cancelled)
    prefect_runs.work()
    prefect_runs.put(run, Cancelled(message="Flow run was cancelled successfully."))
    assert running.deliver() == []
    assert frozen(running) == [False, False, False]
    assert prefect_runs.state(run) == "Stopped: It had done with all that it was about: nothing is frozen."


def test_a_run_that_is_cancelled_before_it_begins_stops_them_all(running: Shop) -> None:
    deliver(running.name)
    run = the_run()
    prefect_runs.put(run, Cancelled())
    running.cluster("eu-3").away = True
    with pytest.raises(Retryable):
        deliver(running.name)
    assert prefect_runs.state(run).startswith("Cancelled"), "one could not be stopped yet"
    running.cluster("eu-3").away = False
    assert running.deliver() == []
    assert prefect_runs.state(run) == (
        f"Stopped: shop in {ALL} is frozen: headway release shop ENVIRONMENT goes on in one of them."
    )
    assert [running.record(each)["freeze"]["cancelled_run"] for each in LATER] == [str(run)] * 3
    assert [running.history(each)[-1] for each in LATER] == [(1, "deployed", "0.1.0")] * 3


class Told(BaseException):
    """What Prefect raises in the main thread when a run is sent SIGTERM."""


@contextmanager
def told_to_end_in(shop: Shop, environment: str) -> Iterator[None]:
    """The run is told to end while one environment is about to be upgraded, and the others are done with."""
    at_work, stopping = Event(), list[Event]()
    begun = release_many._Begun

    def wait(futures: Sequence[Future[object]]) -> None:
        assert at_work.wait(20)
        for each in as_completed(futures, timeout=20):
            del each
            if sum(future.done() for future in futures) == len(futures) - 1:
                raise Told

    def about_to_upgrade() -> None:
        at_work.set()
        assert stopping[0].wait(20)

    def remembered(event: Event) -> object:
        stopping.append(event)
        return begun(event)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release_many, "wait", wait)
        patch.setattr(release_many, "_Begun", remembered)
        with shop.quarrel(environment, "PUT /configmaps", about_to_upgrade), pytest.raises(Told):
            yield


def test_a_run_that_is_told_to_end_gives_back_its_leases_and_begins_no_change(running: Shop) -> None:
    deliver(running.name)
    with told_to_end_in(running, "eu-2"):
        prefect_runs.work()
    assert running.history("eu-2") == [(1, "deployed", "0.1.0")]
    for each in LATER:
        lease = running.cluster(each).store.find(
            f"/apis/coordination.k8s.io/v1/namespaces/{running.namespace(each)}/leases/headway.shop"
        )
        assert lease, each
        assert lease["spec"]["holderIdentity"] == "", each
    for each in LATER:
        running.time_passes(each)
    running.deliver_all()
    assert [running.history(each)[-1] for each in LATER] == [(2, "deployed", "0.1.1")] * 3


def test_a_cancelled_run_stops_what_it_has_not_done_with(running: Shop) -> None:
    deliver(running.name)
    run = the_run()
    with told_to_end_in(running, "eu-2"):
        prefect_runs.work()
    prefect_runs.put(run, Cancelled(message="Flow run was cancelled successfully."))
    assert running.deliver() == []
    assert prefect_runs.state(run) == "Stopped: shop in eu-2 is frozen: headway release shop eu-2 goes on."
    assert [running.record(each).get("freeze") is not None for each in LATER] == [False, True, False]
    assert running.audit("eu-2")[0][2:] == (
        "a person",
        "run 'Release shop to eu-1, eu-2 and eu-3' was cancelled",
    )
    before = running.everything()
    assert running.deliver() == []
    assert running.everything() == before, "a second look writes nothing"
    running.release("eu-2", by="Ada")
    assert running.good("eu-2")[0] == "0.1.1"
    running.deliver_all()
    assert running.record("eu-2")["freeze"] is None, "it was cancelled once"


def test_a_run_that_prefect_starts_again_does_what_is_left(running: Shop) -> None:
    deliver(running.name)
    run = the_run()
    with told_to_end_in(running, "eu-2"):
        prefect_runs.work()
    assert ended_environments.of_run(run) == {"eu-1", "eu-3"}
    for each in LATER:
        running.time_passes(each)
    prefect_runs.retry(run)
    assert prefect_runs.work() == [(ALL, "Released")]
    assert [running.history(each)[-1] for each in LATER] == [(2, "deployed", "0.1.1")] * 3
    assert ended_environments.of_run(run) == frozenset(), "all of it is looked at again"

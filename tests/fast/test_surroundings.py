"""Systems that are away, runs that are killed, others who are at work: nothing is lost or blamed, the next look goes on."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from blocks.opening import connect
from flows.deliver import deliver
from headway.clients.kubernetes.lease import HandedOver, Held, ReleaseLease
from headway.errors import Retryable, Terminal
from tests.fast.memory import prefect_runs
from tests.fast.memory.helm import RunKilled
from tests.fast.memory.registry import BadDay
from tests.fast.shop import Shop


@pytest.mark.parametrize(
    ("bad_day", "kind"),
    [
        pytest.param("away", Retryable, id="away"),
        pytest.param("busy", Retryable, id="429"),
        pytest.param("broken", Retryable, id="502"),
        pytest.param("refuses", Terminal, id="401"),
    ],
)
@pytest.mark.story
def test_a_registry_on_a_bad_day_stops_its_services_alone(
    bad_day: BadDay, kind: type[Exception], delivered: Shop
) -> None:
    image = delivered.change_code()
    delivered.systems.registry.bad_day = bad_day
    head = delivered.git.head
    with pytest.raises(kind, match="update_application: cart: could not be looked at"):
        deliver(delivered.name)
    assert delivered.git.head == head
    assert "InSync" in delivered.report(), "releases are looked at all the same"
    delivered.systems.registry.bad_day = None
    assert delivered.deliver() == [("testing", "Released")]
    assert delivered.image() == image


@pytest.mark.story
def test_a_chart_repository_that_is_away_changes_nothing(delivered: Shop) -> None:
    delivered.change_code()
    history = delivered.history()
    with delivered.charts_away("testing"), pytest.raises(Terminal, match="there is no such folder"):
        deliver(delivered.name)
    assert delivered.history() == history
    assert delivered.deliver() == [("testing", "Released")]


def test_an_api_server_that_is_away_is_unknown_and_may_answer_later(delivered: Shop) -> None:
    image = delivered.change_code()
    delivered.cluster().away = True
    with pytest.raises(Retryable, match="testing: could not be looked at"):
        deliver(delivered.name)
    state = delivered.release()
    assert state.is_failed()
    assert "did not answer" in str(state.message)
    delivered.cluster().away = False
    assert delivered.deliver() == [("testing", "Released")]
    assert delivered.image() == image


@pytest.mark.story
def test_an_api_server_that_goes_away_in_an_upgrade_leaves_what_the_next_run_goes_on_with(
    delivered: Shop,
) -> None:
    image = delivered.change_code()
    delivered.mishap("0.1.1", "the API server goes away")
    deliver(delivered.name)
    prefect_runs.work()
    delivered.cluster().away = False
    assert delivered.history()[-1] == (2, "pending-upgrade", "0.1.1")
    delivered.time_passes("testing")
    assert delivered.release().name == "Released"
    assert delivered.image() == image
    assert delivered.rejected() == []


@pytest.mark.story
def test_a_run_that_is_killed_in_the_upgrade_is_gone_on_with(delivered: Shop) -> None:
    image = delivered.change_code()
    deliver(delivered.name)
    prefect_runs.forget_runs()
    delivered.release_killed("testing", "0.1.1")
    assert delivered.history()[-1] == (2, "pending-upgrade", "0.1.1")
    assert delivered.release().name == "Handed over", "its lease has not expired yet"
    delivered.time_passes("testing")
    assert delivered.deliver() == [("testing", "Released")]
    assert delivered.history()[1:] == [(2, "failed", "0.1.1"), (3, "deployed", "0.1.1")]
    assert (delivered.image(), delivered.rejected()) == (image, [])


@contextmanager
def held(shop: Shop, environment: str = "testing") -> Iterator[Held]:
    """Another run is at work."""
    lease = ReleaseLease(connect(f"{shop.name}-{environment}"), shop.namespace(environment), shop.name)
    taken = lease.acquire("another run")
    assert not isinstance(taken, HandedOver)
    with taken:
        yield taken


@pytest.mark.story
def test_who_finds_the_lease_held_hands_over_and_the_holder_looks_again(delivered: Shop) -> None:
    delivered.change_code()
    deliver(delivered.name)
    before = delivered.history()
    with held(delivered) as holder:
        state = delivered.release()
        assert state.name == "Handed over"
        assert "another run is at work" in str(state.message)
        assert delivered.history() == before
        assert holder.release(), "it is told to look again"
    assert prefect_runs.work() == [("testing", "Released")]


@pytest.mark.story
def test_a_mark_left_meanwhile_makes_the_run_look_once_more(delivered: Shop) -> None:
    delivered.change_code()
    deliver(delivered.name)

    def comes_meanwhile() -> None:
        lease = ReleaseLease(connect("shop-testing"), delivered.namespace(), delivered.name)
        assert isinstance(lease.acquire("who comes later"), HandedOver)

    with delivered.quarrel("testing", "PUT /configmaps", comes_meanwhile):
        assert prefect_runs.work() == [("testing", "Released")]
    lease = delivered.cluster().store.get(
        "/apis/coordination.k8s.io/v1/namespaces/shop-testing/leases/headway.shop"
    )
    assert not lease["metadata"].get("annotations")
    assert lease["spec"]["holderIdentity"] == ""


@pytest.mark.story
def test_somebody_who_writes_the_record_meanwhile_is_not_overwritten(delivered: Shop) -> None:
    delivered.change_code()
    deliver(delivered.name)
    store, path = delivered.cluster().store, "/api/v1/namespaces/shop-testing/configmaps/headway.shop"

    def label() -> None:
        found = store.get(path)
        found["data"]["note"] = "theirs"
        store.replace(path, found)

    with delivered.quarrel("testing", "PUT /configmaps/headway.shop", label):
        assert prefect_runs.work() == [("testing", "Released")]
    assert delivered.good() == ["0.1.1", "0.1.0"]


@pytest.mark.story
def test_another_helm_that_comes_first_is_a_conflict_and_nobody_is_blamed(delivered: Shop) -> None:
    delivered.change_code()
    deliver(delivered.name)
    with delivered.quarrel(
        "testing", "PUT /configmaps", lambda: delivered.upgrade_by_hand(status="pending-upgrade")
    ):
        state = delivered.release()
    assert state.is_failed()
    assert delivered.rejected() == []
    assert delivered.history()[-1] == (2, "pending-upgrade", "9.9.9")


@pytest.mark.story
def test_a_quota_that_is_used_up_is_not_the_version_s_fault(delivered: Shop) -> None:
    image = delivered.change_code()
    delivered.cluster().answers["PATCH /jobs"] = 403, "jobs is forbidden: exceeded quota: tests"
    delivered.deliver()
    assert delivered.rejected() == []
    delivered.cluster().answers.clear()
    delivered.time_passes("testing")
    assert delivered.release().name == "Released"
    assert delivered.image() == image


@pytest.mark.story
def test_one_environment_that_is_away_does_not_hold_up_the_others(delivered: Shop) -> None:
    delivered.change_code()
    delivered.cluster("staging").away = True
    with pytest.raises(Retryable, match="staging: could not be"):
        deliver(delivered.name)
    assert prefect_runs.work() == [("testing", "Released")]


@pytest.mark.story
def test_a_hint_that_is_lost_doubled_or_late_changes_nothing(delivered: Shop) -> None:
    delivered.change_code()
    for hint in ({"repository": "nobody/knows", "tag": "x"}, None, {"event": "headway.git.pushed"}):
        deliver(delivered.name, hint)
    assert prefect_runs.work() == [("testing", "Released")]
    assert delivered.history() == [(1, "superseded", "0.1.0"), (2, "deployed", "0.1.1")]


@pytest.mark.story
@pytest.mark.parametrize(
    ("away", "told"),
    [
        pytest.param(Shop.git_away, "the git remote does not answer", id="git is away"),
        pytest.param(
            Shop.mirrors_closed, "there is no folder for what is fetched", id="its mirror is closed"
        ),
    ],
)
def test_a_new_run_goes_back_also_while_git_cannot_be_fetched(
    away: Callable[[], AbstractContextManager[None]], told: str, delivered: Shop
) -> None:
    image = delivered.change_code()
    delivered.cluster().kubelet.tests[image] = "says no"
    delivered.cluster().kubelet.says["*"] = "no\n"
    delivered.mishap("0.1.0", "the run is killed")
    with pytest.raises(RunKilled):
        delivered.deliver()
    delivered.cluster().away = False
    delivered.time_passes("testing")
    with away():
        state = delivered.release()
        assert state.name == "Rolled back", state
        assert delivered.history()[-1][1:] == ("deployed", "0.1.0")
        assert "taken back in git" not in str(state.message)
        assert told in str(delivered.release().message)
    delivered.deliver()
    assert delivered.tag() not in delivered.git.read("values.yaml"), "git follows as soon as it answers"


@pytest.mark.story
def test_without_git_nothing_new_is_begun(delivered: Shop) -> None:
    delivered.change_code()
    deliver(delivered.name)
    with delivered.git_away():
        history = delivered.history()
        assert delivered.release().is_failed()
        assert delivered.history() == history
    assert prefect_runs.work() == [("testing", "Released")]

"""Who stops an environment: a person, by a freeze or by cancelling a run. It stays as it is until somebody says otherwise."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import pytest
from prefect import get_client
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Cancelling, Crashed

from flows import cancellations
from flows.deliver import deliver
from flows.freeze import freeze
from flows.lift import lift
from flows.release import release
from flows.roll_back import roll_back
from headway.decide.release import standing_orders
from headway.errors import BadInput, Refused
from headway.model.audit import Said
from headway.workspace.release_context import ReleaseContext
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.memory.helm import RunKilled
from tests.fast.shop import Shop


@pytest.fixture
def with_two(delivered: Shop) -> Shop:
    """0.1.0 and 0.1.1 are good in testing, the second one runs."""
    delivered.change_code()
    assert delivered.deliver() == [("testing", "Released")]
    return delivered


@pytest.mark.story
def test_nothing_is_released_until_a_freeze_is_lifted(delivered: Shop) -> None:
    prefect_runs.events()
    state = freeze(delivered.name, "testing", "the database is moved", by="Ada", return_state=True)
    assert (state.name, state.is_completed()) == ("Frozen", True)
    assert delivered.audit() == [("frozen", "", "Ada", "the database is moved")]
    assert [
        (said["decision"], said["by"], said["why"])
        for name, said in prefect_runs.events()
        if name == "headway.release.decided"
    ] == [("frozen", "Ada", "the database is moved")]
    image = delivered.change_code()
    assert delivered.deliver() == []
    assert (
        "Frozen by Ada: the database is moved. headway lift shop testing freeze --reason WHY ends it."
        in delivered.report()
    )
    assert delivered.release().name == "Frozen", "a release by hand does not end it"
    assert delivered.history() == [(1, "deployed", "0.1.0")]
    lift(delivered.name, "testing", "freeze", "it is moved", by="Bob")
    assert prefect_runs.work() == [("testing", "Released")]
    assert delivered.image() == image
    assert delivered.audit()[0] == (
        "freeze-lifted",
        "",
        "Bob",
        "it is moved; it was the freeze by Ada: the database is moved",
    )


@pytest.mark.story
def test_a_freeze_that_came_since_its_lift_was_asked_for_stands(
    delivered: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob means Ada's; meanwhile Eve, who was told that it is frozen, relies on hers."""
    freeze(delivered.name, "testing", "the database is moved", by="Ada")

    def freezes(context: ReleaseContext) -> None:
        eves = Said("Eve", "not yet", datetime.now(UTC))
        context.update_record(partial(standing_orders.frozen, said=eves))

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(cancellations, "heed", freezes)
        with pytest.raises(
            Refused, match=r"the freeze by Eve: not yet: it was set at .*, since this was asked for"
        ):
            lift(delivered.name, "testing", "freeze", "it is moved", by="Bob")
    assert delivered.record()["freeze"]["by"] == "Eve"
    assert delivered.audit()[0][0] == "frozen"


@pytest.mark.story
def test_a_freeze_needs_a_reason(delivered: Shop) -> None:
    with pytest.raises(BadInput, match="a reason is needed"):
        freeze(delivered.name, "testing", " ")
    assert "freeze" not in delivered.record() or delivered.record()["freeze"] is None


@pytest.mark.story
def test_what_waits_for_approval_is_superseded_by_a_freeze(make_shop: MakeShop) -> None:
    shop = make_shop(supplied=True, environments=("testing",), testing={"gate": "approval"})
    assert shop.deliver() == [("testing", "Suspended")]
    (run,) = prefect_runs.release_runs()
    freeze(shop.name, "testing", "audit")
    assert prefect_runs.state(run.id).startswith(
        "Superseded: Nothing is to be released any more. Frozen by a person: audit."
    )


@pytest.mark.story
def test_a_person_goes_back_where_it_is_frozen_and_the_freeze_stays(with_two: Shop) -> None:
    freeze(with_two.name, "testing", "something is odd")
    state = roll_back(with_two.name, "testing", "it is slow", return_state=True, by="Ada")
    assert (state.name, state.is_completed()) == ("Rolled back", True), state.message
    assert with_two.history()[-1] == (3, "deployed", "0.1.0")
    assert with_two.good()[0] == "0.1.0", "it was tested"
    assert with_two.descriptions()[-1] == "Headway: back to revision 1 (0.1.0; held by Ada: it is slow)"
    assert with_two.record()["freeze"]["why"] == "something is odd"
    with_two.change_code(text="package main // newer\n")
    assert with_two.deliver() == []
    assert [entry[0] for entry in with_two.audit()] == ["held", "frozen"]


@pytest.mark.story
def test_a_run_that_is_at_work_ends_its_step_and_no_more(delivered: Shop) -> None:
    delivered.change_code()
    deliver(delivered.name)
    with delivered.quarrel(
        "testing", "PUT /configmaps", lambda: freeze(delivered.name, "testing", "stop", return_state=True)
    ):
        assert prefect_runs.work() == [("testing", "Frozen")]
    assert delivered.good() == ["0.1.0"], "what was upgraded is not tested"
    assert delivered.deliver() == []
    lift(delivered.name, "testing", "freeze", "go on")
    prefect_runs.work()
    assert delivered.good() == ["0.1.1", "0.1.0"]


# Cancelling in Prefect.


def killed_in_the_upgrade(shop: Shop, image: str) -> None:  # noqa: ARG001
    shop.mishap("0.1.1", "the run is killed")


def killed_in_the_tests(shop: Shop, image: str) -> None:  # noqa: ARG001
    def kill() -> None:
        shop.cluster().away = True
        raise RunKilled

    shop.cluster().meanwhile.append(("PATCH /jobs", kill))


def killed_on_the_way_back(shop: Shop, image: str) -> None:
    shop.cluster().kubelet.tests[image] = "says no"
    shop.cluster().kubelet.says[image] = "no\n"
    shop.mishap("0.1.0", "the run is killed")


STEPS: dict[str, Callable[[Shop, str], None]] = {
    "in the upgrade": killed_in_the_upgrade,
    "in the tests": killed_in_the_tests,
    "on the way back": killed_on_the_way_back,
}


def cancelled_at_work(shop: Shop, kill: Callable[[Shop, str], None]) -> UUID:
    """A run that is cancelled, and then killed in some step."""
    image = shop.change_code()
    deliver(shop.name)
    run = prefect_runs.release_runs()[-1].id
    kill(shop, image)
    with (
        shop.quarrel("testing", "PUT /configmaps", lambda: prefect_runs.cancel(run)),
        pytest.raises(RunKilled),
    ):
        prefect_runs.work()
    shop.cluster().away = False
    shop.cluster().kubelet.tests.clear()
    shop.time_passes("testing")
    return run


@pytest.mark.parametrize(
    ("step", "by", "named"),
    [
        pytest.param("in the upgrade", "Ada", "Ada", id="in the upgrade"),
        pytest.param("in the tests", "", "a person", id="in the tests, and who goes on leaves the name out"),
        pytest.param("on the way back", "Ada", "Ada", id="on the way back"),
    ],
)
@pytest.mark.story
def test_a_run_that_is_cancelled_leaves_the_environment_as_it_is(
    step: str, by: str, named: str, delivered: Shop
) -> None:
    run = cancelled_at_work(delivered, STEPS[step])
    history, image = delivered.history(), delivered.image()
    for _ in range(3):
        assert delivered.deliver() == []
    assert (delivered.history(), delivered.image()) == (history, image), "nothing goes on, nothing goes back"
    assert delivered.record()["freeze"]["cancelled_run"] == str(run)
    assert delivered.audit()[0][2:] == ("a person", "run 'Release shop to testing' was cancelled")
    assert delivered.rejected() == []
    assert "headway release shop testing goes on" in delivered.report()
    assert release(delivered.name, "testing", by=None, return_state=True).name == "Frozen"

    delivered.release(by=by)
    assert delivered.audit()[0] == ("freeze-lifted", "", named, "a release was started by hand")
    delivered.deliver_all()
    assert delivered.good()[0] == "0.1.1"
    assert delivered.record()["freeze"] is None, "it was cancelled once"


@pytest.mark.parametrize(
    ("ends", "named"),
    [
        pytest.param(
            Cancelled(message="Flow run was cancelled successfully."),
            "Stopped",
            id="by the worker",
            marks=pytest.mark.story,
        ),
        pytest.param(
            Crashed(message="exit code -9"),
            "Stopped",
            id="killed with -9, the worker saw it",
            marks=pytest.mark.story,
        ),
        pytest.param(Cancelling(), "Cancelling", id="killed with the whole machine"),
    ],
)
def test_however_the_run_ends_it_is_seen_once(ends: State, named: str, delivered: Shop) -> None:
    run = cancelled_at_work(delivered, killed_in_the_upgrade)
    prefect_runs.put(run, ends)
    assert delivered.deliver() == []
    assert delivered.record()["freeze"]["cancelled_run"] == str(run)
    assert prefect_runs.state(run).partition(":")[0] == named
    before = delivered.everything()
    assert delivered.deliver() == []
    assert delivered.everything() == before, "a second look writes nothing"
    lift(delivered.name, "testing", "freeze", "go on")
    assert prefect_runs.work() == [("testing", "Released")]
    assert delivered.deliver() in ([], [("staging", "Released")])
    assert delivered.record()["freeze"] is None


@pytest.mark.story
def test_a_run_that_crashed_by_itself_stops_nothing(delivered: Shop) -> None:
    delivered.change_code()
    deliver(delivered.name)
    killed_in_the_upgrade(delivered, "")
    with pytest.raises(RunKilled):
        prefect_runs.work()
    delivered.cluster().away = False
    delivered.time_passes("testing")
    assert delivered.deliver() == [("testing", "Released")]
    assert delivered.audit() == []


@pytest.mark.story
def test_a_run_that_is_cancelled_before_it_begins_stops_the_environment_as_well(delivered: Shop) -> None:
    delivered.change_code()
    deliver(delivered.name)
    run = prefect_runs.release_runs()[-1].id
    prefect_runs.cancel(run)
    assert delivered.deliver() == []
    assert delivered.record()["freeze"]["cancelled_run"] == str(run)
    assert delivered.history() == [(1, "deployed", "0.1.0")]


@pytest.mark.story
def test_a_run_that_was_on_its_way_when_another_was_cancelled_stops_too(delivered: Shop) -> None:
    delivered.change_code()
    deliver(delivered.name)
    first = prefect_runs.release_runs()[-1].id
    second = prefect_runs.start_by_hand("testing", by=None)
    prefect_runs.cancel(first)
    assert prefect_runs.work() == [("testing", "Frozen")]
    assert prefect_runs.state(second).startswith("Frozen")
    assert delivered.history() == [(1, "deployed", "0.1.0")]


@pytest.mark.parametrize("looked", [True, False], ids=["seen by a look", "at once"])
@pytest.mark.story
def test_a_person_may_go_back_from_where_a_cancelled_run_left_it(looked: bool, delivered: Shop) -> None:
    cancelled_at_work(delivered, killed_in_the_upgrade)
    if looked:
        assert delivered.deliver() == []
    roll_back(delivered.name, "testing", "it was wrong", delivered.good()[0], return_state=True)
    assert delivered.history()[-1][1:] == ("deployed", "0.1.0")
    assert delivered.deliver() == []
    assert delivered.good() == ["0.1.0"]
    assert delivered.record()["freeze"], "it stays"


@pytest.mark.story
def test_what_a_cancelled_run_froze_may_be_lifted_at_once(delivered: Shop) -> None:
    cancelled_at_work(delivered, killed_in_the_upgrade)
    lift(delivered.name, "testing", "freeze", "a slip of the finger")
    assert prefect_runs.work() == [("testing", "Released")]


class TestAtTheGate:
    @pytest.fixture
    def gated(self, make_shop: MakeShop) -> Shop:
        shop = make_shop(
            supplied=True, environments=("testing",), testing={"gate": "approval", "settle": "0s"}
        )
        assert shop.deliver() == [("testing", "Suspended")]
        return shop

    def test_a_run_that_another_look_has_named_meanwhile_is_not_named_again(
        self, gated: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A look that found it cancelled, and comes to it later, must not make the no younger than what a person said since."""
        (run,) = prefect_runs.release_runs()
        prefect_runs.cancel(run.id)
        found = cancellations._unnamed()
        assert [each.id for each in found] == [run.id]
        deliver(gated.name)
        with get_client(sync_client=True) as client:
            named = client.read_flow_run(run.id).state
        monkeypatch.setattr(cancellations, "_unnamed", lambda: found)
        deliver(gated.name)
        with get_client(sync_client=True) as client:
            assert client.read_flow_run(run.id).state == named

    def test_a_run_that_is_cancelled_while_it_waits_is_not_answered(self, gated: Shop) -> None:
        (run,) = prefect_runs.release_runs()
        prefect_runs.cancel(run.id)
        assert gated.deliver() == []
        assert gated.deliver() == []
        assert prefect_runs.state(run.id).startswith("Not answered")
        assert gated.cluster().writes == [], "nothing is frozen"
        assert (
            "was cancelled before it was answered: headway release shop testing asks again" in gated.report()
        )
        prefect_runs.start_by_hand("testing")
        assert prefect_runs.work() == [("testing", "Suspended")]

    @pytest.mark.story
    def test_a_newer_version_is_asked_for_all_the_same(self, gated: Shop) -> None:
        (run,) = prefect_runs.release_runs()
        prefect_runs.cancel(run.id)
        gated.deliver()
        gated.change_code()
        assert gated.deliver() == [("testing", "Suspended")]

    @pytest.mark.story
    def test_what_was_approved_and_cancelled_then_is_asked_again_by_the_release_that_goes_on(
        self, gated: Shop
    ) -> None:
        (run,) = prefect_runs.release_runs()
        prefect_runs.answer(run.id, approved=True)
        prefect_runs.cancel(run.id)
        assert prefect_runs.work() == []
        assert gated.deliver() == []
        assert gated.record()["freeze"]
        assert gated.history() == []
        prefect_runs.start_by_hand("testing")
        assert prefect_runs.work() == [("testing", "Suspended")]

"""What people do: go back and hold, lift, adopt, approve, and work in the cluster by hand."""

import pytest

from flows.deliver import deliver
from flows.lift import lift
from flows.roll_back import roll_back
from headway.errors import BadInput, Refused
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.shop import Shop


@pytest.fixture
def with_two(delivered: Shop) -> Shop:
    """0.1.0 and 0.1.1 are good in testing, the second one runs."""
    delivered.change_code()
    assert delivered.deliver() == [("testing", "Released")]
    return delivered


def test_a_person_goes_back_and_what_they_left_does_not_return(with_two: Shop) -> None:
    state = roll_back(with_two.name, "testing", "it is slow", by="Ada", return_state=True)
    assert (state.name, state.is_completed()) == ("Rolled back", True)
    assert with_two.history()[-1] == (3, "deployed", "0.1.0")
    assert with_two.record()["hold"]["why"] == "it is slow"
    assert with_two.deliver() == []
    assert "0.1.1" not in with_two.offered("staging"), "it is not promoted either"
    image = with_two.change_code(text="package main // faster\n")
    assert with_two.deliver() == [("testing", "Released")]
    assert with_two.image() == image, "something newer ends the hold"


@pytest.mark.story
def test_a_person_goes_back_also_while_the_chart_repository_is_away(with_two: Shop) -> None:
    with with_two.charts_away("testing"):
        state = roll_back(with_two.name, "testing", "it is slow", "0.1.0", return_state=True)
    assert with_two.history()[-1] == (3, "deployed", "0.1.0"), state
    assert with_two.record()["hold"]["version"] == "0.1.0"


@pytest.mark.story
def test_a_person_goes_back_also_while_git_is_away(with_two: Shop) -> None:
    with with_two.git_away():
        state = roll_back(with_two.name, "testing", "it is slow", return_state=True)
        assert with_two.history()[-1] == (3, "deployed", "0.1.0"), state
        with_two.release()
        assert len(with_two.history()) == 3, "it stays there"
    assert with_two.deliver() == []


@pytest.mark.parametrize(
    ("reason", "version", "error", "sentence"),
    [
        pytest.param(" ", None, BadInput, "a reason is needed", id="without a reason"),
        pytest.param(
            "why",
            "0.9.9",
            Refused,
            r"0\.9\.9 never passed its tests here.*0\.1\.0",
            id="to what was never good",
        ),
        pytest.param("why", None, Refused, "no other version has passed", id="from the only good one"),
    ],
)
def test_a_way_back_that_is_refused_writes_nothing(
    reason: str, version: str | None, error: type[Exception], sentence: str, delivered: Shop
) -> None:
    before = delivered.everything()
    with pytest.raises(error, match=sentence):
        roll_back(delivered.name, "testing", reason, version)
    assert delivered.everything() == before


@pytest.mark.story
def test_an_environment_that_cannot_be_asked_is_not_held(delivered: Shop) -> None:
    delivered.cluster().away = True
    state = roll_back(delivered.name, "testing", "why", return_state=True)
    assert state.is_failed()
    assert "roll back again when it answers" in str(state.message)


@pytest.mark.story
def test_lift_a_hold_and_the_version_left_comes_back(with_two: Shop) -> None:
    roll_back(with_two.name, "testing", "it is slow")
    state = lift(with_two.name, "testing", "hold", "it was the network", return_state=True)
    assert state.name == "Lifted"
    assert prefect_runs.work() == [("testing", "Released")]
    assert with_two.history()[-1][1:] == ("deployed", "0.1.1")
    assert with_two.record().get("hold") is None


def test_lift_a_freeze_and_the_version_is_tried_again(delivered: Shop) -> None:
    image = delivered.change_code()
    delivered.cluster().kubelet.tests["*"] = "says no"
    delivered.cluster().kubelet.says["*"] = "the database is gone\n"
    assert delivered.deliver() == [("testing", "Frozen")]
    delivered.cluster().kubelet.tests.clear()
    lift(delivered.name, "testing", "freeze", "the database is back")
    prefect_runs.work()
    assert delivered.image() == image
    assert delivered.good()[0] == "0.1.1"


def test_lift_a_rejection_where_the_version_was_not_born(with_two: Shop) -> None:
    cluster = with_two.cluster("staging")
    cluster.kubelet.tests[with_two.image()] = "says no"
    cluster.kubelet.says["*"] = "no\n"
    assert with_two.deliver() == [("staging", "Rolled back")]
    cluster.kubelet.tests.clear()
    lift(with_two.name, "staging", "0.1.1", "the test was wrong")
    assert prefect_runs.work() == [("staging", "Released")]
    assert with_two.good("staging")[0] == "0.1.1"


@pytest.mark.parametrize(
    ("what", "reason", "error", "sentence"),
    [
        pytest.param("hold", "", BadInput, "a reason is needed", id="without a reason"),
        pytest.param(
            "hold",
            "why",
            Refused,
            "there is no hold to lift.*There is nothing to lift",
            id="what is not there",
        ),
        pytest.param(
            "0.1.1", "why", Refused, "was withdrawn.*headway quarantine shop names", id="what was withdrawn"
        ),
    ],
)
def test_lift_refuses(what: str, reason: str, error: type[Exception], sentence: str, delivered: Shop) -> None:
    image = delivered.change_code()
    delivered.cluster().kubelet.tests[image] = "says no"
    delivered.cluster().kubelet.says["*"] = "no\n"
    delivered.deliver()
    with pytest.raises(error, match=sentence):
        lift(delivered.name, "testing", what, reason)


def test_a_release_made_by_hand_is_left_alone_until_it_is_adopted(delivered: Shop) -> None:
    delivered.forget_record()
    history = delivered.history()
    delivered.change_code()
    state = delivered.release()
    assert (state.name, state.is_failed()) == ("Unmanaged", True)
    assert (delivered.history(), delivered.record()) == (history, {})
    assert "headway release shop testing --adopt makes it Headway's" in str(state.message)
    state = delivered.release(adopt=True, by="Ada")
    assert state.name == "Released"
    assert "It is what the chart repository offers as that version." in str(state.message)
    assert delivered.good() == ["0.1.0"]
    assert delivered.audit() == [("adopted", "0.1.0", "Ada", "revision 1 was brought by hand")]
    digest = delivered.record()["good"][0]["chart_digest"]
    assert digest == next(
        entry.digest for entry in delivered.repository().entries("shop") if entry.version == "0.1.0"
    )
    assert delivered.deliver() == [("testing", "Released")]
    assert delivered.good() == ["0.1.1", "0.1.0"]


@pytest.mark.story
def test_what_differs_from_the_package_of_its_version_is_shown_and_taken_as_it_is(delivered: Shop) -> None:
    delivered.upgrade_by_hand(version="0.1.0", manifest=("hello testing", "set by hand"))
    delivered.forget_record()
    state = delivered.release(adopt=True)
    assert "differs in 1 of its resources: see the plan" in str(state.message)
    plan = delivered.report("testing-plan")
    assert "-  text: set by hand" in plan
    assert "+  text: hello testing" in plan
    adopted = delivered.record()["audit"][0]["digest"]
    assert adopted not in [entry.digest for entry in delivered.repository().entries("shop")]
    assert delivered.good() == ["0.1.0", "0.1.0"], "the package came after what was adopted had passed"


@pytest.mark.story
def test_what_is_adopted_counts_as_good_only_after_its_tests(delivered: Shop) -> None:
    delivered.forget_record()
    delivered.cluster().kubelet.tests["*"] = "says no"
    delivered.cluster().kubelet.says["*"] = "no\n"
    delivered.change_code()
    state = delivered.release(adopt=True)
    assert state.name == "Frozen"
    assert "adopted 0.1.0 fails its tests" in str(state.message)
    assert (delivered.good(), delivered.rejected()) == ([], [])
    delivered.deliver()
    assert delivered.history() == [(1, "deployed", "0.1.0")], "it is neither replaced nor taken away"
    delivered.cluster().kubelet.tests.clear()
    lift(delivered.name, "testing", "freeze", "the test was wrong")
    prefect_runs.work()
    assert delivered.good() == ["0.1.1", "0.1.0"]


@pytest.mark.story
def test_somebody_goes_back_with_helm_and_it_is_held(with_two: Shop) -> None:
    with_two.rollback_by_hand(1)
    assert with_two.deliver()[0] == ("testing", "Rolled back")
    assert with_two.history()[-1] == (3, "deployed", "0.1.0"), "nothing was done to it"
    assert with_two.good()[0] == "0.1.0"
    assert with_two.audit()[0] == (
        "held",
        "0.1.0",
        "a person",
        "helm brought it back by hand, as revision 3",
    )
    assert with_two.deliver() == []
    assert "headway lift shop testing hold --reason WHY ends it" in with_two.report()
    lift(with_two.name, "testing", "hold", "it was the network")
    assert prefect_runs.work() == [("testing", "Released")]
    assert with_two.good()[0] == "0.1.1"


@pytest.mark.story
def test_somebody_goes_back_with_helm_and_what_is_there_fails_its_tests(with_two: Shop) -> None:
    with_two.rollback_by_hand(1)
    with_two.cluster().kubelet.tests["*"] = "says no"
    with_two.cluster().kubelet.says["*"] = "no\n"
    assert with_two.deliver()[0] == ("testing", "Frozen")
    assert with_two.history()[-1] == (3, "deployed", "0.1.0")
    assert with_two.rejected() == []


@pytest.mark.story
def test_a_release_that_is_not_whole_is_not_adopted(delivered: Shop) -> None:
    delivered.forget_record()
    delivered.upgrade_by_hand(status="failed")
    assert delivered.release(adopt=True).name == "Unmanaged"
    assert delivered.record() == {}


def test_an_upgrade_by_hand_is_left_alone(delivered: Shop) -> None:
    delivered.upgrade_by_hand()
    delivered.change_code()
    delivered.deliver()
    assert delivered.release().name == "Unmanaged"
    assert delivered.history()[-1] == (2, "deployed", "9.9.9")
    state = delivered.release(adopt=True)
    assert "The chart repository does not offer that version." in str(state.message)
    assert "9.9.9" in delivered.good()


@pytest.mark.story
def test_a_change_by_hand_is_reported_and_left(delivered: Shop) -> None:
    store = delivered.cluster().store
    path = f"/apis/apps/v1/namespaces/{delivered.namespace()}/deployments/cart"
    live = store.get(path)
    live["spec"]["replicas"] = 7
    store.replace(path, live)
    before = delivered.everything()
    assert delivered.deliver() == []
    assert "Deployment cart: spec.replicas is not what the release says" in delivered.report()
    assert delivered.everything() == before


@pytest.mark.story
def test_a_frozen_environment_lets_nothing_new_in(with_two: Shop) -> None:
    with_two.git.replace("headway.yaml", "after: testing", "after: testing\n    frozen: true")
    with_two.deliver_all()
    assert with_two.history("staging") == [(1, "deployed", "0.1.0")]
    assert "frozen in headway.yaml" in with_two.report()
    assert with_two.release("staging").name == "Frozen"


class TestApproval:
    """Runs that wait are suspended and resumed by Prefect itself."""

    @pytest.fixture
    def gated(self, make_shop: MakeShop) -> Shop:
        shop = make_shop(
            supplied=True, environments=("testing",), testing={"gate": "approval", "settle": "0s"}
        )
        assert shop.deliver() == [("testing", "Suspended")]
        return shop

    @pytest.mark.story
    def test_a_release_waits_with_its_plan_and_nothing_is_written(self, gated: Shop) -> None:
        (run,) = prefect_runs.release_runs()
        assert "Deployment" in prefect_runs.question(run.id)
        assert "0.1.0" in prefect_runs.question(run.id)
        assert ("headway.release.waits", "0.1.0") in [
            (name, payload["version"]) for name, payload in prefect_runs.events()
        ]
        assert gated.cluster().writes == []
        assert gated.deliver() == []
        assert len(prefect_runs.release_runs()) == 1, "a look starts no other"

    @pytest.mark.story
    def test_what_was_approved_is_applied(self, gated: Shop) -> None:
        (run,) = prefect_runs.release_runs()
        prefect_runs.answer(run.id, approved=True)
        assert prefect_runs.work() == [("testing", "Released")]
        assert gated.good() == ["0.1.0"]

    @pytest.mark.story
    def test_what_was_rejected_is_not_asked_again(self, gated: Shop) -> None:
        (run,) = prefect_runs.release_runs()
        prefect_runs.answer(run.id, approved=False, comment="not on a Friday")
        assert prefect_runs.work() == [("testing", "Rejected")]
        assert "not on a Friday" in prefect_runs.state(run.id)
        assert gated.deliver() == []
        assert gated.history() == []

    @pytest.mark.story
    def test_a_newer_version_supersedes_what_waits(self, gated: Shop) -> None:
        (older,) = prefect_runs.release_runs()
        gated.change_code()
        assert gated.deliver() == [("testing", "Suspended")]
        assert prefect_runs.state(older.id).startswith("Superseded")
        *_, newer = prefect_runs.release_runs()
        assert "0.1.1" in prefect_runs.question(newer.id)

    @pytest.mark.story
    def test_an_approval_is_for_the_version_in_the_form_also_when_a_newer_one_is_offered(
        self, gated: Shop
    ) -> None:
        (run,) = prefect_runs.release_runs()
        gated.git.replace("headway.yaml", "settle: 0s", "settle: 1h")
        deliver(gated.name)
        prefect_runs.answer(run.id, approved=True)
        assert prefect_runs.work() == [("testing", "Released")]
        assert gated.good() == ["0.1.0"]

"""What somebody changes in the cluster beside the release is said, or brought back, as the environment's policy has it."""

from datetime import timedelta
from typing import Any, cast

import pytest
from prefect.events import Event

from flows.deliver import deliver
from flows.roll_back import roll_back
from headway.clients.helm.release import HelmRelease
from headway.clients.helm.storage import StoredRevision
from headway.errors import BadInput, HeadwayError
from tasks.diff_release import drift_or_note
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.memory.objects import ApiError, Object
from tests.fast.shop import Shop


@pytest.fixture
def reports(make_shop: MakeShop) -> Shop:
    """0.1.0 runs, and somebody deletes a whole Deployment."""
    return without_cart(make_shop(delivered=True, environments=("testing",)))


@pytest.fixture
def corrects(make_shop: MakeShop) -> Shop:
    return without_cart(make_shop(delivered=True, environments=("testing",), testing={"drift": "correct"}))


def without_cart(shop: Shop) -> Shop:
    path = f"/apis/apps/v1/namespaces/{shop.namespace()}/deployments/cart"
    shop.cluster().store.delete(path)
    prefect_runs.events()
    return shop


def drifted() -> list[Event]:
    return [event for event in prefect_runs.emitted() if event.event == "headway.release.drifted"]


def told() -> list[str]:
    return [event.payload["drift"] for event in drifted()]


@pytest.mark.story
def test_drift_is_reported_and_left(reports: Shop) -> None:
    before = reports.everything()
    assert reports.deliver() == []
    assert (
        "| release | testing | Drifted | 0.1.0 is wanted and deployed, but live objects differ"
        in reports.report()
    )
    assert told() == ["Deployment cart is missing"]
    assert reports.release().name == "Drifted"
    assert reports.everything() == before


@pytest.mark.story
def test_drift_is_corrected_and_tested(corrects: Shop) -> None:
    assert corrects.deliver() == [("testing", "Corrected")]
    assert corrects.live("deployments/cart")
    assert corrects.history()[-1] == (2, "deployed", "0.1.0")
    assert "(corrects drift: Deployment cart is missing)" in corrects.descriptions()[-1]
    assert corrects.record()["good"][0]["revision"] == 2
    first = drifted()
    assert {event.payload["drift"] for event in first} == {"Deployment cart is missing"}
    without_cart(corrects)
    deliver(corrects.name)
    assert {event.id for event in drifted()} == {event.id for event in first}, "it is told once a day"
    assert prefect_runs.work() == [], "right after that it is not fought with"
    assert "It is applied once more at " in corrects.report()


@pytest.mark.story
def test_what_comes_back_again_and_again_is_left_until_a_person_starts_a_release(corrects: Shop) -> None:
    for _ in range(5):
        assert corrects.deliver() == [("testing", "Corrected")]
        without_cart(corrects)
        corrects.time_passes("testing", timedelta(hours=3))
    before = corrects.everything()
    assert corrects.deliver() == []
    assert corrects.everything() == before
    assert "It was applied once more 5 times in a row" in corrects.report()
    assert corrects.release().name == "Corrected"
    assert corrects.live("deployments/cart")


@pytest.mark.story
def test_it_is_not_corrected_by_a_policy_that_is_not_seen(corrects: Shop) -> None:
    corrects.deliver_all()
    corrects.change_code()
    corrects.deliver_all()
    roll_back(corrects.name, "testing", "it is slow", by="Ada")
    corrects.time_passes("testing")
    without_cart(corrects)
    before = corrects.history()
    with corrects.git_away():
        assert corrects.release().name == "Drifted"
    assert corrects.history() == before


@pytest.mark.story
@pytest.mark.parametrize(
    ("status", "said"),
    [
        pytest.param(500, 'Internal error occurred: failed calling webhook "p"', id="a webhook is away"),
        pytest.param(403, 'deployments is forbidden: User "headway" cannot patch', id="a right is missing"),
    ],
)
def test_what_has_been_released_is_released_also_where_drift_cannot_be_told(
    delivered: Shop, monkeypatch: pytest.MonkeyPatch, status: int, said: str
) -> None:
    store, image = delivered.cluster().store, delivered.change_code()
    would_apply = store.would_apply

    def refusing(path: str, body: Object) -> Object:
        if image in str(body) and image in str(delivered.live("deployments/cart")):
            raise ApiError(status, "", said)
        return would_apply(path, body)

    monkeypatch.setattr(store, "would_apply", refusing)
    assert delivered.deliver()[0] == ("testing", "Released")
    with pytest.raises(HeadwayError, match="testing: could not be looked at"):
        delivered.deliver()


@pytest.mark.story
def test_what_cannot_be_compared_keeps_nothing_newer_from_coming(
    delivered: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, image = delivered.cluster().store, delivered.tag()
    would_apply = store.would_apply

    def refusing(path: str, body: Object) -> Object:
        if image in str(body):
            raise ApiError(403, "", 'deployments is forbidden: User "headway" cannot patch')
        return would_apply(path, body)

    monkeypatch.setattr(store, "would_apply", refusing)
    delivered.change_code()
    assert delivered.deliver()[0] == ("testing", "Released")
    assert "cannot be told: API server" in prefect_runs.artifact("shop-testing-plan")


@pytest.mark.story
@pytest.mark.parametrize(
    ("status", "said", "state"),
    [
        pytest.param(
            422,
            'Deployment.apps "cart" is invalid: spec.selector: Invalid value: {}: field is immutable',
            "Drifted",
            id="somebody made it anew with another selector",
        ),
        pytest.param(
            400, 'admission webhook "p" denied the request: no', "InSync", id="a policy that came later"
        ),
    ],
)
def test_what_would_not_be_taken_again_stands_in_no_newer_versions_way(
    delivered: Shop, monkeypatch: pytest.MonkeyPatch, status: int, said: str, state: str
) -> None:
    store, image = delivered.cluster().store, delivered.tag()
    would_apply = store.would_apply

    def refusing(path: str, body: Object) -> Object:
        if image in str(body):
            raise ApiError(status, "", said)
        return would_apply(path, body)

    monkeypatch.setattr(store, "would_apply", refusing)
    delivered.deliver()
    row = f"| release | testing | {state} |" if state != "InSync" else "release: testing: InSync ("
    assert row in delivered.report()
    delivered.change_code()
    delivered.deliver()
    assert delivered.good()[0] == "0.1.1"


def test_a_note_of_drift_quotes_no_secret_of_a_release_that_was_made_by_hand() -> None:
    """Its own package names none: only who compares it with the new version knows them."""

    class Refused:
        def drift(self, _: StoredRevision) -> Any:
            raise BadInput('Invalid value: "very-secret-77"', where="API server")

    _, (note,) = drift_or_note(cast(HelmRelease, Refused()), StoredRevision(1, {}), ["very-secret-77"])
    assert "cannot be told: API server: Invalid value: " in note
    assert "very-secret-77" not in note

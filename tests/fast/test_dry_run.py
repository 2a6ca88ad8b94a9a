"""What the API server refuses of a version is found before anything is changed."""

from collections.abc import Callable

import pytest

from tests.fast.memory.objects import ApiError, Object
from tests.fast.shop import Shop

Refuse = Callable[[int, str], None]


@pytest.fixture
def refuse(delivered: Shop, monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """From now on the API server takes no Deployment with the next image, with this status and sentence."""
    store = delivered.cluster("testing").store
    would_apply, image = store.would_apply, delivered.change_code()

    def scripted(status: int, sentence: str) -> None:
        def refusing(path: str, body: Object) -> Object:
            if image in str(body):
                raise ApiError(status, "", sentence)
            return would_apply(path, body)

        monkeypatch.setattr(store, "would_apply", refusing)

    return scripted


def test_a_version_that_it_refuses_is_barred_and_nothing_is_changed(delivered: Shop, refuse: Refuse) -> None:
    refuse(422, 'Deployment.apps "cart" is invalid: spec.selector: field is immutable')
    before = delivered.history()
    assert delivered.deliver() == [("testing", "Refused")]
    delivered.deliver_all()
    assert delivered.rejected() == ["0.1.1"]
    assert delivered.history() == before, "Helm has not even begun"
    plan = delivered.report("testing-plan")
    assert "### The API server refuses it\n\n- Deployment/cart: " in plan


@pytest.mark.story
def test_what_last_good_would_meet_as_well_bars_nothing(delivered: Shop, refuse: Refuse) -> None:
    refuse(403, 'deployments.apps "cart" is forbidden: exceeded quota: count')
    before = delivered.history()
    delivered.deliver()
    assert (delivered.rejected(), delivered.history()) == ([], before)
    assert delivered.record()["attempts"][0]["cause"] == "surroundings"
    assert "### The API server would refuse it now" in delivered.report("testing-plan")


@pytest.mark.parametrize("changes_it", [True, pytest.param(False, marks=pytest.mark.story)])
def test_what_a_person_made_anew_by_hand_bars_nothing(
    delivered: Shop, monkeypatch: pytest.MonkeyPatch, changes_it: bool
) -> None:
    store, before = delivered.cluster().store, delivered.history()
    would_apply = store.would_apply

    def refusing(path: str, body: Object) -> Object:
        if path.endswith("deployments/cart"):
            raise ApiError(422, "", 'Deployment.apps "cart" is invalid: spec.selector: field is immutable')
        return would_apply(path, body)

    if changes_it:
        delivered.change_code()
    else:
        delivered.git.push({"values/testing.yaml": "greeting: good morning\n"}, "Greet in another way")
    with monkeypatch.context() as patch:
        patch.setattr(store, "would_apply", refusing)
        delivered.deliver()
        assert (delivered.rejected(), delivered.history()) == ([], before)
        assert "somebody made it by hand" in delivered.record()["attempts"][0]["reason"]
    delivered.time_passes("testing")
    delivered.deliver()
    assert delivered.good()[0] == "0.1.1", "once the object is gone"

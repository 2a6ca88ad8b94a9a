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

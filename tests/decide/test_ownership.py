"""A release belongs to one environment of one application, and goes where an operator lets it."""

import pytest

from headway.decide.release import ownership, transitions
from headway.model.release_ref import ReleaseRef

ENVIRONMENTS = ("testing", "staging")


@pytest.mark.parametrize(
    ("application", "environment", "whose"),
    [
        pytest.param("shop", "testing", "", id="ours"),
        pytest.param("bank", "testing", "the application 'bank'", id="another application's"),
        pytest.param(
            "shop", "staging", "the environment 'staging' of this application", id="another environment's"
        ),
        pytest.param("shop", "test", "", id="ours under the environment's former name"),
    ],
)
def test_whose_a_record_is(application: str, environment: str, whose: str) -> None:
    record = transitions.begun(application, environment, "shop")
    assert ownership.stranger(record, ReleaseRef("shop", "testing", "shop"), ENVIRONMENTS) == whose


@pytest.mark.parametrize(
    ("places", "allowed"),
    [
        pytest.param((), True, id="nothing is said"),
        pytest.param(("main",), True, id="the cluster"),
        pytest.param(("main/shop",), True, id="the namespace"),
        pytest.param(("main/bank",), False, id="another namespace"),
        pytest.param(("other", "other/shop"), False, id="another cluster"),
        pytest.param(("mai",), False, id="the beginning of its name"),
    ],
)
def test_where_an_application_may_be_released(places: tuple[str, ...], allowed: bool) -> None:
    assert ownership.is_allowed("main", "shop", places) is allowed

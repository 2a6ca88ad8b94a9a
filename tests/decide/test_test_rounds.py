"""Which tests run side by side, and which one after the other."""

import pytest

from headway.decide.release.test_rounds import TestHook, job_rounds, rounds
from headway.model.application import Application, ClusterTest

CART, CATALOG, SHOP = "shop/charts/cart", "shop/charts/catalog", "shop"


@pytest.mark.parametrize(
    ("hooks", "expected"),
    [
        pytest.param([], (), id="no tests"),
        pytest.param(
            [TestHook("a", SHOP), TestHook("b", SHOP)], ((("a", "b"),),), id="one chart: one helm for all"
        ),
        pytest.param(
            [TestHook("a", SHOP, 5), TestHook("b", SHOP, -5)], ((("b", "a"),),), id="one chart: by weight"
        ),
        pytest.param(
            [TestHook("a", CART), TestHook("b", CATALOG), TestHook("c", CART)],
            ((("a", "c"), ("b",)),),
            id="charts side by side, each in turn",
        ),
        pytest.param(
            [TestHook("a", CART, 1), TestHook("b", CATALOG), TestHook("c", SHOP, 1)],
            ((("b",),), (("a",), ("c",))),
            id="a weight begins when the one before has ended",
        ),
    ],
)
def test_rounds_of_hooks(hooks: list[TestHook], expected: tuple[object, ...]) -> None:
    assert rounds(hooks) == expected


def test_helms_own_order() -> None:
    hooks = [TestHook("a", CART, 1), TestHook("b", CATALOG), TestHook("c", SHOP, 1)]
    assert rounds(hooks, in_turn=True) == ((("b", "a", "c"),),)


def job(name: str, *needs: str) -> ClusterTest:
    return ClusterTest(name=name, image="r/x:1", needs=needs)


@pytest.mark.parametrize(
    ("tests", "in_turn", "expected"),
    [
        pytest.param([], False, [], id="none"),
        pytest.param([job("a"), job("b")], False, [["a", "b"]], id="side by side"),
        pytest.param([job("a"), job("b")], True, [["a"], ["b"]], id="in turn"),
        pytest.param(
            [job("buy", "log-in"), job("log-in"), job("look")],
            False,
            [["log-in", "look"], ["buy"]],
            id="needs",
        ),
        pytest.param([job("buy", "log-in"), job("log-in")], True, [["log-in"], ["buy"]], id="needs, in turn"),
    ],
)
def test_rounds_of_jobs(tests: list[ClusterTest], in_turn: bool, expected: list[list[str]]) -> None:
    assert [[test.name for test in each] for each in job_rounds(tests, in_turn=in_turn)] == expected


def test_what_needs_the_charts_tests_waits_for_them() -> None:
    tests = [job("buy", "chart-tests"), job("look"), job("log-in"), job("sell", "buy")]
    assert [[test.name for test in each] for each in job_rounds(tests)] == [["look", "log-in"]]
    after = job_rounds(tests, passed=["chart-tests", "look", "log-in"])
    assert [[test.name for test in each] for each in after] == [["buy"], ["sell"]]


def test_no_test_is_called_as_the_charts_tests_are() -> None:
    data = {"application": "shop", "environments": {"testing": {"charts": "s3://x"}}}
    with pytest.raises(ValueError, match="what the charts' own tests are called"):
        Application.model_validate({**data, "tests": (job("chart-tests"),)})


@pytest.mark.parametrize(
    ("tests", "says"),
    [
        ([job("a", "b"), job("b", "a")], "a, b can never begin"),
        ([job("a", "a")], "a can never begin"),
        (
            [job("a", "chart-test")],
            "no test is called chart-test, which needs names; there are a, chart-tests",
        ),
    ],
    ids=["cycle", "itself", "no test"],
)
def test_needs_that_can_never_be_met_are_refused(tests: list[ClusterTest], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Application.model_validate(
            {"application": "shop", "environments": {"testing": {"charts": "s3://x"}}, "tests": tuple(tests)}
        )

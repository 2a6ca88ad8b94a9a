"""Which tests run side by side, and which one after the other."""

import pytest

from headway.decide.release.test_rounds import TestHook, job_rounds, rounds
from headway.model.application import ClusterTest

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

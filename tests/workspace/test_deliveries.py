"""In which order an application's environments are told, by what their records say of the way to each."""

from collections.abc import Sequence

import pytest

from headway.decide.review.changes import Place
from headway.model.release_ref import ReleaseRef
from headway.workspace.deliveries import in_order_of


@pytest.mark.parametrize(
    ("ways", "order", "expected"),
    [
        pytest.param(
            ["first branch-2", "first branch-1", "first"],
            (),
            ["first", "first branch-1", "first branch-2"],
            id="what feeds others is first",
        ),
        pytest.param(
            ["a-last", "zoo a-last", "zoo"],
            (),
            ["a-last", "zoo", "zoo a-last"],
            id="two releases of one name, one of another way",
        ),
        pytest.param(
            ["it", "it demo", "it qa production", "it qa"],
            (),
            ["it", "it qa", "it qa production", "it demo"],
            id="a tree",
        ),
        pytest.param(
            ["first b", "first a"],
            ("first", "b", "a"),
            ["first b", "first a"],
            id="side by side, as somebody said",
        ),
    ],
)
def test_by_the_way(ways: Sequence[str], order: Sequence[str], expected: Sequence[str]) -> None:
    found = [
        (ReleaseRef("shop", way.split()[-1], "shop"), Place(way.split()[-1], way=tuple(way.split())))
        for way in ways
    ]
    assert [" ".join(each.way) for each in in_order_of(found, order)] == expected


def test_where_no_record_says_it_the_order_that_somebody_said_is_the_way() -> None:
    found = [(ReleaseRef("shop", name, "shop"), Place(name)) for name in ("branch-1", "last", "first")]
    told = in_order_of(found, ("first", "last"))
    assert [(each.environment, each.way) for each in told] == [
        ("first", ("first",)),
        ("last", ("first", "last")),
        ("branch-1", ()),
    ]

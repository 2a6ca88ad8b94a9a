"""Which inputs are rejected with a version, and which other packages are kept out for them."""

from datetime import timedelta

import pytest

from headway.decide.release import blame, rejected_inputs, transitions
from headway.decide.release.blame import Failure
from headway.decide.release.observation import ReleaseFingerprint
from headway.decide.supply.promotion import Observed, due, rejected_downstream
from headway.model.environment import Environment
from headway.model.record import Attempt, Good, Rejection, ReleaseRecord
from tests.decide.shop import NOW, entry

CART0, CART1 = (
    "image r.example.com:5000/cart main-0@sha256:a0",
    "image r.example.com:5000/cart main-1@sha256:a1",
)
CATALOG1 = "image r/catalog main-1"
CHART1 = "chart cart 0.1.7"
CONTENT0, CONTENT1 = "content shop sha256:c0", "content shop sha256:c1"


def good(version: str, *inputs: str) -> Good:
    return Good(
        revision=1,
        chart_digest=f"sha256:{version}",
        values_digest="",
        version=version,
        tested_at=NOW,
        inputs=inputs,
    )


def attempt(*inputs: str, implicated: tuple[str, ...] = ()) -> Attempt:
    return Attempt(
        chart_digest="sha256:2",
        values_digest="",
        version="2",
        revision=2,
        started_at=NOW,
        inputs=inputs,
        implicated=implicated,
    )


@pytest.mark.parametrize(
    ("tried", "last_good", "expected"),
    [
        pytest.param(attempt(CART1, CATALOG1, CONTENT0), good("1", CART0, CONTENT0), (CART1, CATALOG1), id="what differs"),
        pytest.param(attempt(CART0, CONTENT1), good("1", CART0, CONTENT0), (CONTENT1,), id="people's content"),
        pytest.param(
            attempt(CART1, CHART1, CATALOG1, implicated=("r.example.com:5000/cart:main-1",)), good("1", CART0),
            (CART1, CHART1), id="of images, that of the workload that failed",
        ),
        pytest.param(
            attempt(CART1, CATALOG1, implicated=("r.example.com:5000/cart:main-0",)), good("1", CART0),
            (CART1, CATALOG1), id="not one that is as it was",
        ),
        pytest.param(
            attempt(CART1, CATALOG1, implicated=("r.example.com:5000/cart:main-1@sha256:a1",)), good("1", CART0),
            (CART1,), id="one that is named by its digest",
        ),
        pytest.param(attempt(CART1), None, (), id="a first version speaks of itself alone"),
        pytest.param(attempt(CART1), good("1"), (), id="a record of before"),
        pytest.param(
            attempt(CART1, f"{CATALOG1}@sha256:b1"), good("1", CART0, CATALOG1), (CART1,),
            id="no image whose digest a registry did not tell before",
        ),
    ],
)  # fmt: skip
def test_what_is_rejected(tried: Attempt, last_good: Good | None, expected: tuple[str, ...]) -> None:
    assert rejected_inputs.of_attempt(tried, last_good) == expected


def record(*goods: Good, rejected: tuple[str, ...] = (), carried: tuple[str, ...] = ()) -> ReleaseRecord:
    rejections = [
        Rejection(
            chart_digest="sha256:2",
            version="2",
            reason="broke",
            at=NOW,
            inputs=rejected,
            propagated_to=carried,
        )
    ]
    return ReleaseRecord(
        application="shop", environment="staging", release="shop", good=goods, rejections=tuple(rejections)
    )


@pytest.mark.parametrize(
    ("inputs", "here", "expected"),
    [
        pytest.param(
            (CART1, CATALOG1), record(rejected=(CART1,)),
            "it holds r.example.com:5000/cart main-1, with which 2 failed here "
            "(headway lift shop staging 2 --reason WHY lets it in)",
            id="the set is among what it brings",
        ),
        pytest.param(
            (CART1, CONTENT1), record(rejected=(CONTENT1, CART1), carried=("repository",)),
            "it holds r.example.com:5000/cart main-1, the content of shop, with which 2 failed here",
            id="what was withdrawn cannot be lifted",
        ),
        pytest.param((CART1,), record(rejected=(CART1, CATALOG1)), "", id="only a part of it is"),
        pytest.param((CART1,), record(good("3", CART1), rejected=(CART1,)), "", id="it was good there since"),
        pytest.param(
            (CATALOG1,), record(rejected=(f"{CATALOG1}@sha256:b1",), carried=("repository",)),
            "it holds r/catalog main-1, with which 2 failed here", id="a registry was away when it was packaged",
        ),
        pytest.param(
            (f"{CATALOG1}@sha256:b1",), record(rejected=(CATALOG1,), carried=("repository",)),
            "it holds r/catalog main-1, with which 2 failed here", id="or when what failed was",
        ),
        pytest.param(
            (f"{CATALOG1}@sha256:b2",), record(rejected=(f"{CATALOG1}@sha256:b1",)), "", id="the tag was moved since"
        ),
        pytest.param(("chart cart 0.1.8",), record(rejected=(CHART1,)), "", id="another version of a chart"),
        pytest.param((), record(rejected=(CART1,)), "", id="nobody knows what it is made of"),
        pytest.param((CART1,), record(), "", id="nobody knew what was rejected"),
        pytest.param((CART1,), None, "", id="no record"),
    ],
)  # fmt: skip
def test_what_is_kept_out_for_it(inputs: tuple[str, ...], here: ReleaseRecord | None, expected: str) -> None:
    assert rejected_inputs.held(inputs, here) == expected


@pytest.mark.parametrize(
    ("here", "before", "expected"),
    [
        pytest.param(
            None, record(rejected=(CART1,)),
            "it holds r.example.com:5000/cart main-1, with which 2 failed in staging "
            "(headway lift shop staging 2 --reason WHY lets it in)",
            id="it failed before",
        ),
        pytest.param(record(good("3", CART1)), record(rejected=(CART1,)), "", id="it was good here"),
        pytest.param(None, record(good("3", CART1), rejected=(CART1,)), "", id="it was good there since"),
        pytest.param(
            None, record(rejected=(CART1,), carried=("repository",)), "",
            id="of what was withdrawn the quarantine speaks",
        ),
        pytest.param(None, None, "", id="no record"),
    ],
)  # fmt: skip
def test_what_is_kept_out_for_what_failed_before(
    here: ReleaseRecord | None, before: ReleaseRecord | None, expected: str
) -> None:
    assert rejected_inputs.held_upstream((CART1, CATALOG1), here, (before,)) == expected
    assert rejected_inputs.sets(here, (before,)) == ([(CART1,)] if expected else [])


def test_a_package_that_holds_a_rejected_set_is_not_promoted_and_where_it_is_already_not_released() -> None:
    upstream = ReleaseRecord(
        application="shop",
        environment="testing",
        release="shop",
        good=(good("3", CART1, CATALOG1), good("1", CART0)),
    )
    here = record(good("1", CART0), rejected=(CART1,))
    observed = Observed(
        upstream_records=[upstream],
        upstream_charts=[entry("shop", "3", "sha256:3")],
        own_record=here,
        own_charts=[],
        now=NOW + timedelta(hours=1),
    )
    found = due(Environment(charts="s3://staging", after="testing"), observed)
    assert found.entry is None
    assert found.why.startswith(
        "3 is not promoted: it holds r.example.com:5000/cart main-1, with which 2 failed"
    )
    assert rejected_downstream(here, [upstream]) == {"sha256:3"}
    assert rejected_downstream(None, [upstream, None]) == frozenset()


def test_verdict_names_the_set_that_differs_from_last_good() -> None:
    first = ReleaseFingerprint("sha256:1", "v", "1", (CART0, CONTENT0))
    second = ReleaseFingerprint("sha256:2", "v", "2", (CART1, CONTENT0))
    now = transitions.begun("shop", "testing", "shop")
    now = transitions.attempted(now, first, revision=1, now=NOW)
    now = transitions.passed(now, first, 1, now=NOW)
    now = transitions.attempted(now, second, revision=2, now=NOW)
    failure = Failure("release", "version", "broke", NOW, implicated=("r.example.com:5000/cart:main-1",))
    now = blame.failed(now, second, 2, failure).record
    back = ReleaseFingerprint("sha256:1", "v", "1")
    now = transitions.attempted(now, back, revision=3, now=NOW, kind="rollback")
    now = blame.tests_passed(now, back, 3, now=NOW, required=1).record
    assert now.rejections[0].inputs == (CART1,)
    assert now.rejections[0].implicated == ("r.example.com:5000/cart:main-1",)
    assert now.good[0].inputs == (CART0, CONTENT0), "a way back is of what it was made of"

from datetime import timedelta
from typing import Any

import pytest

from headway.decide.supply import promotion
from headway.decide.supply.promotion import NEWEST, Observed, Promotion
from headway.errors import BadInput, Refused
from headway.model.environment import Environment
from headway.model.record import Approval, Freeze, Good, Hold, Rejection, ReleaseRecord
from headway.model.release_ref import ReleaseRef
from tests.decide.shop import NOW, entry

STAGING = Environment(charts="s3://staging", after="testing")
OFFERED = [entry("shop", version, f"sha256:{version}") for version in ("0.1.0", "0.2.0", "0.3.0")]


def record(*good: str, **fields: Any) -> ReleaseRecord:
    goods = tuple(
        Good(revision=1, chart_digest=f"sha256:{each}", values_digest="", version=each, tested_at=NOW)
        for each in good
    )
    return ReleaseRecord(application="shop", environment="e", release="shop", good=goods, **fields)


def rejection(version: str) -> dict[str, Any]:
    return {
        "rejections": (Rejection(chart_digest=f"sha256:{version}", version=version, reason="broke", at=NOW),)
    }


def hold(version: str, not_above: str) -> dict[str, Any]:
    return {"hold": Hold(by="ann", why="slow", at=NOW, version=version, not_above=not_above)}


def due(environment: Environment, **observed: Any) -> Promotion:
    return promotion.due(environment, Observed(**observed))


def env(**changes: Any) -> Environment:
    return STAGING.model_copy(update=changes)


FROZEN = record(freeze=Freeze(by="ann", why="holidays", at=NOW))
CASES = [
    pytest.param(STAGING, None, None, None, "no version is good in testing", id="nothing upstream"),
    pytest.param(STAGING, record(), None, None, "no version is good in testing", id="nothing good"),
    pytest.param(
        STAGING, record("0.2.0", "0.1.0"), None, "0.2.0", "0.2.0 is last good in testing", id="last good"
    ),
    pytest.param(
        env(gate="approval"),
        record("0.2.0"),
        None,
        "0.2.0",
        "0.2.0 is last good in testing",
        id="the gate is at the release",
    ),
    pytest.param(STAGING, record("0.1.0"), None, None, "0.1.0 is here already", id="here already"),
    pytest.param(
        STAGING,
        record("0.2.0"),
        record(**rejection("0.2.0")),
        None,
        "0.2.0 is not promoted: it is barred here",
        id="barred here",
    ),
    pytest.param(
        STAGING,
        record("0.3.0", **hold("0.2.0", "0.3.0")),
        None,
        None,
        "0.3.0 is not promoted: ann went back from 0.3.0 upstream: slow",
        id="left",
    ),
    pytest.param(
        STAGING,
        record("0.2.0", **hold("0.2.0", "0.3.0")),
        None,
        "0.2.0",
        "0.2.0 is last good in testing",
        id="held",
    ),
    pytest.param(
        STAGING,
        record("0.3.0", **hold("0.1.0", "0.2.0")),
        None,
        "0.3.0",
        "0.3.0 is last good in testing",
        id="above the hold",
    ),
    pytest.param(
        env(frozen=True),
        record("0.2.0"),
        None,
        None,
        "0.2.0 is not promoted: the environment is frozen in headway.yaml",
        id="frozen by policy",
    ),
    pytest.param(
        STAGING,
        record("0.2.0"),
        FROZEN,
        None,
        "0.2.0 is not promoted: the environment is frozen by ann: holidays",
        id="frozen by a person",
    ),
    pytest.param(
        env(charts_constraint="<0.2"),
        record("0.2.0"),
        None,
        None,
        "0.2.0 is not promoted: <0.2 does not allow it here",
        id="constraint",
    ),
    pytest.param(
        STAGING,
        record("0.9.0-rc.1"),
        None,
        None,
        "0.9.0-rc.1 is not promoted: the default constraint does not allow it here",
        id="a pre-release",
    ),
    pytest.param(
        STAGING,
        record("0.9.0"),
        None,
        None,
        "0.9.0 is good, but its package (sha256:0.9.0) is not offered upstream any more",
        id="package gone",
    ),
]


@pytest.mark.parametrize(("environment", "upstream", "here", "expected", "why"), CASES)
def test_due(
    environment: Environment,
    upstream: ReleaseRecord | None,
    here: ReleaseRecord | None,
    expected: str | None,
    why: str,
) -> None:
    answer = due(
        environment,
        upstream_records=[upstream],
        upstream_charts=OFFERED,
        own_record=here,
        own_charts=OFFERED[:1],
        now=NOW,
    )
    assert (answer.entry.version if answer.entry else None) == expected
    assert answer.why == why
    assert answer.is_kept_back == (" is not promoted: " in why)


def test_a_freeze_says_where_it_stands() -> None:
    frozen = env(frozen=True)
    answer = due(
        frozen,
        upstream_records=[record("0.2.0")],
        upstream_charts=OFFERED,
        own_record=None,
        own_charts=(),
        now=NOW,
        policy_file="policy.git shop.yaml",
    )
    assert answer.why == "0.2.0 is not promoted: the environment is frozen in policy.git shop.yaml"


def test_nothing_is_due_where_nothing_leads_to() -> None:
    answer = due(
        env(after=None), upstream_records=[], upstream_charts=OFFERED, own_record=None, own_charts=(), now=NOW
    )
    assert (answer.entry, answer.why) == (None, "no version is good in upstream")


def test_a_verdict_anywhere_upstream_keeps_a_version_back() -> None:
    """Good in staging, where it runs since before testing barred it: production does not get it any more."""
    answer = due(
        STAGING,
        upstream_records=[record("0.2.0"), record(**rejection("0.2.0"))],
        upstream_charts=OFFERED,
        own_record=None,
        own_charts=(),
        now=NOW,
    )
    assert (answer.entry, answer.why) == (None, "0.2.0 is not promoted: it is barred upstream")


@pytest.mark.parametrize(("minutes", "promoted"), [(59, False), (60, True)])
def test_a_version_must_have_been_good_for_the_soak_time(minutes: int, promoted: bool) -> None:
    answer = due(
        env(soak="1h"),
        upstream_records=[record("0.2.0")],
        upstream_charts=OFFERED,
        own_record=None,
        own_charts=(),
        now=NOW + timedelta(minutes=minutes),
    )
    assert (answer.entry is not None) is promoted
    assert (answer.why == "0.2.0 has to be good for 1h first") is not promoted


def soaking(*good: tuple[str, int], **fields: Any) -> ReleaseRecord:
    """Versions and the minutes since they passed, newest first."""
    goods = record(*(version for version, _ in good)).good
    since = [NOW - timedelta(minutes=minutes) for _, minutes in good]
    entries = tuple(each.model_copy(update={"tested_at": at}) for each, at in zip(goods, since, strict=True))
    return record().model_copy(update={"good": entries, **fields})


@pytest.mark.parametrize(
    ("upstream", "expected", "why"),
    [
        pytest.param(
            soaking(("0.3.0", 5), ("0.2.0", 65), ("0.1.0", 900)),
            "0.2.0",
            "0.2.0 has been good for 1h in testing; 0.3.0 has to be good for 1h first",
            id="the newest that has soaked",
        ),
        pytest.param(
            soaking(("0.3.0", 5), ("0.1.0", 900)),
            None,
            "0.1.0 is here already; 0.3.0 has to be good for 1h first",
            id="which is here already",
        ),
        pytest.param(soaking(("0.3.0", 5)), None, "0.3.0 has to be good for 1h first", id="none has soaked"),
        pytest.param(
            soaking(("0.3.0", 1), ("0.3.0", 70), ("0.2.0", 90)),
            "0.3.0",
            "0.3.0 is last good in testing",
            id="the same package with other values since",
        ),
        pytest.param(
            soaking(("0.3.0", 5), ("0.2.0", 65), **rejection("0.2.0")),
            None,
            "0.2.0 is not promoted: it is barred upstream; 0.3.0 has to be good for 1h first",
            id="what has soaked is barred",
        ),
        pytest.param(
            soaking(("0.2.0", 5), ("0.3.0", 65)),
            None,
            "0.2.0 has to be good for 1h first",
            id="what was gone back from is not promoted in its place",
        ),
    ],
)
def test_soaking_does_not_starve(upstream: ReleaseRecord, expected: str | None, why: str) -> None:
    answer = due(
        env(soak="1h"),
        upstream_records=[upstream],
        upstream_charts=OFFERED,
        own_record=None,
        own_charts=OFFERED[:1],
        now=NOW,
    )
    assert (answer.entry.version if answer.entry else None, answer.why) == (expected, why)


def test_what_is_here_is_the_newest_that_is_here_and_not_what_has_soaked() -> None:
    upstream = soaking(("0.3.0", 5), ("0.2.0", 30), ("0.1.0", 900))
    answer = due(
        env(soak="1h"),
        upstream_records=[upstream],
        upstream_charts=OFFERED,
        own_record=None,
        own_charts=OFFERED[:2],
        now=NOW,
    )
    assert answer.why == "0.2.0 is here already; 0.3.0 has to be good for 1h first"


@pytest.mark.parametrize(
    ("upstream", "changes", "version"),
    [
        pytest.param(soaking(("0.2.0", 5), ("0.1.0", 900)), {}, "0.2.0", id="it soaks"),
        pytest.param(soaking(("0.2.0", 65)), {}, "", id="it has soaked"),
        pytest.param(soaking(("0.1.0", 5)), {}, "", id="it is here"),
        pytest.param(soaking(("0.2.0", 5)), {"soak": None}, "", id="nothing soaks there"),
        pytest.param(soaking(("0.2.0", 5)), {"frozen": True}, "", id="frozen"),
        pytest.param(soaking(("0.2.0", 5), **rejection("0.2.0")), {}, "", id="barred"),
        pytest.param(soaking(), {}, "", id="nothing is good"),
        pytest.param(None, {}, "", id="no record"),
    ],
)
def test_what_soaks(upstream: ReleaseRecord | None, changes: dict[str, Any], version: str) -> None:
    observed = Observed([upstream], (), None, OFFERED[:1], NOW)
    found = promotion.soaking(env(**{"soak": "1h", **changes}), observed)
    assert (found.version if found else "") == version
    if found:
        assert found.until == NOW + timedelta(minutes=55)
        assert found.in_words == (
            f"0.2.0 has to be good for 1h in testing first, which it is at {found.until:%H:%M:%S} UTC of "
            f"{found.until:%Y-%m-%d}"
        )


def test_the_same_version_with_other_content_is_never_overwritten() -> None:
    other = [entry("shop", "0.2.0", "sha256:other")]
    answer = due(
        STAGING,
        upstream_records=[record("0.2.0")],
        upstream_charts=OFFERED,
        own_record=None,
        own_charts=other,
        now=NOW,
    )
    assert (answer.entry, answer.why) == (None, "0.2.0 is here with other content; it is never overwritten")


SHOP = ReleaseRef("shop", "staging", "shop")
TWO = record("0.2.0", "0.1.0")
APPROVAL = Approval(by="kim", why="", at=NOW, version="0.1.0", chart_digest="sha256:0.1.0", plan="p")


def asked(version: str, environment: Environment = STAGING, **observed: Any) -> Promotion:
    said: dict[str, Any] = {
        "upstream_records": [TWO],
        "upstream_charts": OFFERED,
        "own_record": None,
        "own_charts": (),
        "now": NOW,
    }
    return promotion.asked(environment, version, Observed(**said | observed), SHOP)


@pytest.mark.parametrize(
    ("version", "observed", "brought", "why"),
    [
        pytest.param(NEWEST, {}, "0.2.0", "0.2.0 is good in testing", id="the newest"),
        pytest.param("0.1.0", {}, "0.1.0", "0.1.0 is good in testing", id="an older one"),
        pytest.param("0.2.0", {"own_charts": OFFERED[:2]}, None, "0.2.0 is here already", id="here already"),
        pytest.param(
            "0.2.0",
            {"own_record": record("0.1.0", **hold("0.1.0", "0.1.5")), "own_charts": OFFERED[:1]},
            "0.2.0",
            "0.2.0 is good in testing",
            id="newer than what a person left here",
        ),
    ],
)
def test_a_person_has_a_good_version_brought(
    version: str, observed: dict[str, Any], brought: str | None, why: str
) -> None:
    answer = asked(version, **observed)
    assert (answer.entry.version if answer.entry else None, answer.why) == (brought, why)


@pytest.mark.parametrize(
    ("version", "observed", "sentence", "next_step"),
    [
        pytest.param(
            "0.3.0",
            {},
            "0.3.0 has not passed its tests in testing",
            "Name one that has: 0.2.0, 0.1.0.",
            id="not tested before",
        ),
        pytest.param(
            NEWEST,
            {"upstream_records": [record()]},
            "no version has passed its tests in testing",
            "headway status shop",
            id="nothing is",
        ),
        pytest.param(
            NEWEST, {"upstream_records": [None]}, "no version has passed", "headway status", id="no record"
        ),
        pytest.param(
            NEWEST,
            {"own_record": FROZEN},
            "0.2.0 is not promoted: the environment is frozen by ann: holidays",
            "headway explain shop staging",
            id="frozen by a person",
        ),
        pytest.param(
            NEWEST,
            {"environment": env(frozen=True)},
            "0.2.0 is not promoted: the environment is frozen in headway.yaml",
            "headway explain shop staging",
            id="frozen by policy",
        ),
        pytest.param(
            "0.2.0",
            {"own_record": record(**rejection("0.2.0"))},
            "0.2.0 is not promoted: it is barred here",
            "headway explain",
            id="barred here",
        ),
        pytest.param(
            NEWEST,
            {"upstream_records": [TWO, record(**rejection("0.2.0"))]},
            "0.2.0 is not promoted: it is barred upstream",
            "headway explain",
            id="barred further up",
        ),
        pytest.param(
            NEWEST,
            {"environment": env(soak="1h")},
            "0.2.0 has to be good for 1h first",
            "headway explain",
            id="not soaked",
        ),
        pytest.param(
            "0.2.0",
            {"upstream_records": [record("0.1.0", "0.2.0")]},
            "0.2.0 is not promoted: testing went back from it",
            "headway explain",
            id="gone back from",
        ),
        pytest.param(
            "0.2.0",
            {"upstream_records": [record("0.1.0", "0.2.0", **hold("0.1.0", "0.2.0"))]},
            "0.2.0 is not promoted: ann went back from 0.2.0 upstream: slow",
            "headway explain",
            id="left by a person",
        ),
        pytest.param(
            "0.2.0",
            {"environment": env(charts_constraint="<0.2")},
            "0.2.0 is not promoted: <0.2 does not allow it here",
            "headway explain",
            id="constraint",
        ),
        pytest.param(
            "0.1.0",
            {"own_charts": OFFERED[1:2]},
            "0.1.0 would not be released: 0.2.0 is the newest version allowed here",
            "headway roll-back",
            id="something newer is here",
        ),
        pytest.param(
            "0.2.0",
            {"own_record": record("0.1.0", **hold("0.1.0", "0.2.0")), "own_charts": OFFERED[:2]},
            r"0.2.0 would not be released: ann holds 0.1.0: slow (nothing up to 0.2.0 is released)",
            "headway explain",
            id="held here",
        ),
        pytest.param(
            "0.2.0",
            {"own_record": record(approval=APPROVAL), "own_charts": OFFERED[:1]},
            "0.2.0 would not be released: 0.1.0 was approved by kim",
            "headway explain",
            id="something else was approved",
        ),
        pytest.param(
            "0.2.0",
            {"upstream_charts": OFFERED[:1]},
            "0.2.0 is good, but its package (sha256:0.2.0) is not offered upstream any more",
            "headway explain",
            id="package gone",
        ),
        pytest.param(
            "0.2.0",
            {"own_charts": [entry("shop", "0.2.0", "sha256:other")]},
            "0.2.0 is here with other content; it is never overwritten",
            "headway explain",
            id="other content",
        ),
    ],
)
def test_a_person_goes_past_nothing(
    version: str, observed: dict[str, Any], sentence: str, next_step: str
) -> None:
    with pytest.raises(Refused) as refused:
        asked(version, **observed)
    assert sentence in str(refused.value)
    assert next_step in str(refused.value)


def test_nothing_is_brought_where_no_environment_comes_before() -> None:
    with pytest.raises(BadInput, match=r"no environment comes before staging.*headway deliver shop"):
        asked(NEWEST, env(after=None))

from datetime import timedelta
from typing import Any

import pytest

from headway.decide.supply.promotion import due
from headway.model.application import Environment
from headway.model.record import Freeze, Good, Hold, Rejection, ReleaseRecord
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
        upstream=[upstream],
        offered=OFFERED,
        here=here,
        present=OFFERED[:1],
        now=NOW,
    )
    assert (answer.entry.version if answer.entry else None) == expected
    assert answer.why == why


def test_a_freeze_says_where_it_stands() -> None:
    frozen = env(frozen=True)
    answer = due(
        frozen,
        upstream=[record("0.2.0")],
        offered=OFFERED,
        here=None,
        present=(),
        now=NOW,
        policy="policy.git shop.yaml",
    )
    assert answer.why == "0.2.0 is not promoted: the environment is frozen in policy.git shop.yaml"


def test_nothing_is_due_where_nothing_leads_to() -> None:
    answer = due(env(after=None), upstream=[], offered=OFFERED, here=None, present=(), now=NOW)
    assert (answer.entry, answer.why) == (None, "no version is good in upstream")


def test_a_verdict_anywhere_upstream_keeps_a_version_back() -> None:
    """Good in staging, where it runs since before testing barred it: production does not get it any more."""
    answer = due(
        STAGING,
        upstream=[record("0.2.0"), record(**rejection("0.2.0"))],
        offered=OFFERED,
        here=None,
        present=(),
        now=NOW,
    )
    assert (answer.entry, answer.why) == (None, "0.2.0 is not promoted: it is barred upstream")


@pytest.mark.parametrize(("minutes", "promoted"), [(59, False), (60, True)])
def test_a_version_must_have_been_good_for_the_soak_time(minutes: int, promoted: bool) -> None:
    answer = due(
        env(soak="1h"),
        upstream=[record("0.2.0")],
        offered=OFFERED,
        here=None,
        present=(),
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
        env(soak="1h"), upstream=[upstream], offered=OFFERED, here=None, present=OFFERED[:1], now=NOW
    )
    assert (answer.entry.version if answer.entry else None, answer.why) == (expected, why)


def test_the_same_version_with_other_content_is_never_overwritten() -> None:
    other = [entry("shop", "0.2.0", "sha256:other")]
    answer = due(
        STAGING,
        upstream=[record("0.2.0")],
        offered=OFFERED,
        here=None,
        present=other,
        now=NOW,
    )
    assert (answer.entry, answer.why) == (None, "0.2.0 is here with other content; it is never overwritten")

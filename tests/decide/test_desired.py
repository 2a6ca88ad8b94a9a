import pytest

from headway.decide.release.desired import desired
from headway.errors import BadInput
from headway.model.charts import ChartEntry
from headway.model.record import Approval, Attempt, Freeze, Good, Hold, Rejection, ReleaseRecord
from tests.decide.shop import NOW, entry

ENTRIES = [
    entry("shop", version, f"sha256:{version}") for version in ("0.1.0", "0.10.0", "0.2.0", "1.0.0-rc.1")
]


def record(*, good: str = "", barred: tuple[str, ...] = (), hold: Hold | None = None) -> ReleaseRecord:
    return ReleaseRecord(
        application="shop",
        environment="testing",
        release="shop",
        good=(Good(revision=1, chart_digest=f"sha256:{good}", values_digest="", version=good, tested_at=NOW),)
        if good
        else (),
        rejections=tuple(
            Rejection(chart_digest=f"sha256:{each}", version=each, reason="broke", at=NOW) for each in barred
        ),
        hold=hold,
    )


def approved(version: str, *, good: str = "", barred: tuple[str, ...] = ()) -> ReleaseRecord:
    given = Approval(
        by="ada", why="", at=NOW, version=version, chart_digest=f"sha256:{version}", plan="a plan"
    )
    return record(good=good, barred=barred).model_copy(update={"approval": given})


def taken_out(version: str) -> ReleaseRecord:
    known = record(barred=(version,))
    withdrawn = known.rejections[0].model_copy(update={"propagated_to": ("repository", "git")})
    return known.model_copy(update={"rejections": (withdrawn,)})


def frozen(known: ReleaseRecord) -> ReleaseRecord:
    return known.model_copy(update={"freeze": Freeze(by="ada", why="audit", at=NOW)})


def held(version: str, not_above: str) -> ReleaseRecord:
    return record(hold=Hold(by="ann", why="checkout is slow", at=NOW, version=version, not_above=not_above))


@pytest.mark.parametrize(
    ("entries", "known", "constraint", "expected", "why"),
    [
        pytest.param(
            [], None, None, None, "the chart repository offers no version yet", id="empty repository"
        ),
        pytest.param(
            [],
            taken_out("0.1.0"),
            None,
            None,
            "0.1.0 failed here and was taken out of the chart repository, which offers nothing else: broke",
            id="what was there failed",
        ),
        pytest.param(
            ENTRIES,
            None,
            None,
            "0.10.0",
            "0.10.0 is the newest version allowed here",
            id="newest by precedence, no pre-release",
        ),
        pytest.param(
            ENTRIES, None, "<0.10", "0.2.0", "0.2.0 is the newest version allowed here", id="constraint"
        ),
        pytest.param(ENTRIES, None, ">5", None, "of 4 versions none is allowed by >5", id="nothing allowed"),
        pytest.param(
            ENTRIES[3:],
            None,
            None,
            None,
            "of 1 version none is allowed by the default constraint",
            id="only a pre-release",
        ),
        pytest.param(
            ENTRIES,
            record(barred=("0.10.0",)),
            None,
            "0.2.0",
            "0.2.0 is the newest version allowed here; barred: 0.10.0",
            id="barred",
        ),
        pytest.param(
            ENTRIES,
            record(barred=("0.10.0", "0.2.0")),
            None,
            "0.1.0",
            "0.1.0 is the newest version allowed here; barred: 0.10.0, 0.2.0",
            id="two are barred",
        ),
        pytest.param(
            ENTRIES,
            record(barred=("0.10.0", "0.2.0", "0.1.0")),
            None,
            None,
            "nothing but 3 barred versions is allowed here",
            id="all barred",
        ),
        pytest.param(
            ENTRIES,
            held("0.2.0", "0.10.0"),
            None,
            "0.2.0",
            "ann holds 0.2.0: checkout is slow (nothing up to 0.10.0 is released)",
            id="hold",
        ),
        pytest.param(
            ENTRIES,
            held("0.0.9", "0.1.0"),
            None,
            "0.10.0",
            "0.10.0 is newer than 0.1.0, which ends the hold of ann",
            id="the newest of what is newer ends the hold",
        ),
        pytest.param(
            ENTRIES,
            frozen(held("0.1.0", "0.2.0")),
            None,
            "0.1.0",
            "ann holds 0.1.0: checkout is slow (nothing up to 0.2.0 is released)",
            id="frozen: nothing newer ends a hold",
        ),
        pytest.param(
            ENTRIES,
            approved("0.2.0"),
            None,
            "0.2.0",
            "0.2.0 was approved by ada",
            id="approved: it comes before what is newer",
        ),
        pytest.param(
            ENTRIES,
            approved("0.2.0", barred=("0.2.0",)),
            None,
            "0.10.0",
            "0.10.0 is the newest version allowed here",
            id="approved, and barred since",
        ),
        pytest.param(
            ENTRIES,
            approved("0.2.0", good="0.2.0"),
            None,
            "0.10.0",
            "0.10.0 is the newest version allowed here",
            id="approved, and good since",
        ),
        pytest.param(
            ENTRIES,
            approved("0.1.0", good="0.2.0"),
            None,
            "0.10.0",
            "0.10.0 is the newest version allowed here",
            id="approved, and something newer is good since",
        ),
        pytest.param(
            ENTRIES[1:],
            held("0.1.0", "0.10.0"),
            None,
            None,
            "ann holds 0.1.0: checkout is slow (nothing up to 0.10.0 is released); "
            "the repository does not offer 0.1.0",
            id="held one is gone",
        ),
    ],
)
def test_desired(
    entries: list[ChartEntry],
    known: ReleaseRecord | None,
    constraint: str | None,
    expected: str | None,
    why: str,
) -> None:
    answer = desired(entries, known, constraint)
    assert (answer.entry.version if answer.entry else None) == expected
    assert answer.why == why


def test_a_verdict_upstream_bars_here_but_never_takes_out_the_last_good() -> None:
    upstream = ["sha256:0.10.0"]
    assert desired(ENTRIES, record(good="0.2.0"), None, upstream).entry == ENTRIES[2]
    assert desired(ENTRIES, record(good="0.10.0"), None, upstream).entry == ENTRIES[1]


def test_an_unreadable_constraint_is_bad_input() -> None:
    with pytest.raises(BadInput):
        desired(ENTRIES, None, "newest please")


@pytest.mark.parametrize(
    ("known", "shown", "expected"),
    [
        pytest.param(None, "sha256:0.2", "0.2.0", id="the answer is for the one shown, not for a newer one"),
        pytest.param(record(barred=("0.2.0",)), "sha256:0.2", "0.10.0", id="it was rejected meanwhile"),
        pytest.param(
            record(good="0.10.0"), "sha256:0.2", "0.10.0", id="something newer is good here meanwhile"
        ),
        pytest.param(None, "sha256:gone", "0.10.0", id="it was withdrawn meanwhile"),
        pytest.param(held("0.1.0", "0.10.0"), "sha256:0.2", "0.1.0", id="a person holds another one"),
        pytest.param(None, "", "0.10.0", id="nobody was asked"),
    ],
)
def test_what_was_shown_for_approval(known: ReleaseRecord | None, shown: str, expected: str) -> None:
    found = desired(ENTRIES, known, shown=shown)
    assert found.entry is not None
    assert found.entry.version == expected
    assert (found.why == f"{expected} was shown for approval") is (expected == "0.2.0")


def tried(*versions: str, **parts: object) -> ReleaseRecord:
    """Each was brought in here; the newest first."""
    attempts = tuple(
        Attempt(
            chart_digest=f"sha256:{each}",
            values_digest="",
            version=each,
            revision=len(versions) - at,
            started_at=NOW,
            outcome="passed",
        )
        for at, each in enumerate(versions)
    )
    return record(**parts).model_copy(update={"attempts": attempts})  # type: ignore[arg-type]


ROLLED_BACK = tried("0.10.0").model_copy(
    update={"attempts": (tried("0.10.0").attempts[0].model_copy(update={"kind": "rollback"}),)}
)


@pytest.mark.parametrize(
    ("entries", "known", "lost"),
    [
        pytest.param(ENTRIES[:3], tried("0.10.0", "0.2.0"), "", id="all is there"),
        pytest.param([ENTRIES[0], ENTRIES[2]], tried("0.10.0", "0.2.0"), "0.10.0", id="the newest is gone"),
        pytest.param([ENTRIES[0]], tried("0.2.0", "0.10.0"), "0.10.0", id="the highest counts, not the last"),
        pytest.param([], tried("0.10.0"), "0.10.0", id="nothing is offered any more"),
        pytest.param(
            [entry("shop", "0.10.0", "sha256:other")],
            tried("0.10.0"),
            "0.10.0",
            id="it has other content now",
        ),
        pytest.param([ENTRIES[1]], tried("0.10.0", "0.2.0"), "", id="an old one was pruned"),
        pytest.param([ENTRIES[2]], tried("0.1.0"), "", id="something newer is offered"),
        pytest.param([ENTRIES[0]], tried("0.2.0", barred=("0.2.0",)), "", id="it was withdrawn"),
        pytest.param([ENTRIES[0]], record(good="0.2.0"), "", id="it was adopted, never offered"),
        pytest.param([ENTRIES[0]], ROLLED_BACK, "", id="it was gone back to"),
        pytest.param(
            [ENTRIES[0]],
            tried("0.10.0", hold=held("0.1.0", "0.10.0").hold),
            "",
            id="a person holds what is there",
        ),
        pytest.param([], None, "", id="nothing is known"),
    ],
)
def test_an_index_that_went_back_in_time_is_a_finding_and_no_downgrade(
    entries: list[ChartEntry], known: ReleaseRecord | None, lost: str
) -> None:
    found = desired(entries, known)
    assert bool(found.index_trouble) is bool(lost)
    if lost:
        assert found.entry is None
        assert found.why == found.index_trouble
        assert f"{lost}, as it was released here, is not offered any more" in found.why
        assert f"raise version: above {lost}" in found.why

"""The four figures of DORA, out of histories as they come about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headway.cli.table import laid_out
from headway.decide.review import figures_text
from headway.decide.review.figures import Figures, Known, figures, new_images
from headway.model.release_history import HistoryEntry, HistoryImage
from headway.model.release_ref import ReleaseRef

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
REF = ReleaseRef("shop", "production", "shop")


def entry(
    day: int, version: str, outcome: str = "passed", kind: str = "release", **more: object
) -> HistoryEntry:
    """Begun `day` days ago, a minute long; its commit was made an hour before."""
    begun = NOW - timedelta(days=day)
    made = HistoryEntry(
        30 - day,
        version,
        kind,  # type: ignore[arg-type]
        outcome=outcome,
        started_at=begun,
        ended_at=begun + timedelta(minutes=1),
        committed_at=begun - timedelta(hours=1),
        chart_digest=f"sha256:{version}",
    )
    return replace(made, **more)  # type: ignore[arg-type]


def said(found: Figures) -> tuple[object, ...]:
    return (found.deployments, found.changes, found.failures, found.restored)


@pytest.mark.parametrize(
    ("entries", "counts"),
    [
        pytest.param([], (0, 0, 0, 0), id="nothing"),
        pytest.param([entry(1, "2"), entry(2, "1")], (2, 2, 0, 0), id="two that passed"),
        pytest.param([entry(1, "2"), entry(40, "1")], (1, 1, 0, 0), id="what is longer ago does not count"),
        pytest.param(
            [entry(1, "1", kind="rollback"), entry(2, "2", "rolled-back"), entry(3, "1")],
            (1, 2, 1, 1),
            id="one failed and went back",
        ),
        pytest.param(
            [entry(1, "3"), entry(2, "2", "refused"), entry(3, "1")],
            (2, 2, 0, 0),
            id="what was not let in changed nothing",
        ),
        pytest.param(
            [
                entry(1, "1", kind="rollback"),
                entry(2, "2", "rolled-back"),
                entry(3, "1", kind="rollback"),
                entry(4, "2", "seen-once"),
                entry(5, "1"),
            ],
            (1, 2, 1, 1),
            id="what is tried twice is one change",
        ),
        pytest.param([entry(1, "2", "failed"), entry(2, "1")], (1, 2, 1, 0), id="nothing has mended it yet"),
        pytest.param(
            [entry(1, "1", kind="rollback", by="Ada"), entry(2, "2"), entry(3, "1")],
            (2, 2, 1, 1),
            id="a person went back from what had passed",
        ),
        pytest.param(
            [entry(1, "1", kind="correction"), entry(2, "1", kind="rollback"), entry(3, "1")],
            (1, 1, 0, 0),
            id="the same once more, and drift, are no changes",
        ),
        pytest.param([entry(1, "2", "interrupted"), entry(2, "1")], (1, 1, 0, 0), id="cut off is not failed"),
        pytest.param([entry(1, "2", "started"), entry(2, "1", "deployed")], (0, 0, 0, 0), id="under way"),
        pytest.param(
            [
                entry(1, "2", "", "by hand", status="deployed"),
                entry(2, "1", "", "by hand", status="superseded"),
            ],
            (2, 2, 0, 0),
            id="by hand",
        ),
        pytest.param([entry(1, "1"), entry(2, "1")], (1, 1, 0, 0), id="the same package with other values"),
        pytest.param(
            [entry(1, "2"), entry(2, "1", kind="rollback", by="Ada"), entry(3, "2"), entry(4, "1")],
            (2, 2, 1, 1),
            id="a person went back, and lifted the hold",
        ),
        pytest.param(
            [
                entry(1, "1", kind="rollback", by="Ada"),
                entry(2, "2"),
                entry(3, "1", kind="rollback", by="Ada"),
                entry(4, "2"),
                entry(5, "1"),
            ],
            (2, 2, 1, 1),
            id="a person went back, lifted the hold, and went back again",
        ),
        pytest.param(
            [entry(1, "1", kind="rollback", by="Ada"), entry(2, "2"), entry(3, "2"), entry(4, "1")],
            (2, 2, 1, 1),
            id="a person went back from what was deployed anew with other values",
        ),
        pytest.param(
            [
                entry(1, "1", kind="rollback", by="Ada"),
                entry(2, "2", kind="rollback"),
                entry(3, "3", "rolled-back"),
                entry(4, "2"),
                entry(5, "1"),
            ],
            (2, 3, 2, 2),
            id="a person went back from what a failure was gone back to",
        ),
        pytest.param(
            [
                entry(1, "2", kind="rollback", by="Ada"),
                entry(2, "1", kind="rollback", by="Ada"),
                entry(3, "2"),
                entry(4, "1"),
            ],
            (2, 2, 1, 1),
            id="a way back to what is newer says nothing of the older",
        ),
    ],
)
def test_what_is_counted(entries: list[HistoryEntry], counts: tuple[int, ...]) -> None:
    assert said(figures(REF, entries, NOW)) == counts


def test_times_are_medians_of_what_is_known() -> None:
    found = figures(
        REF,
        [
            entry(1, "1", kind="rollback"),
            entry(2, "4", "rolled-back"),
            entry(3, "3", committed_at=NOW - timedelta(days=3, hours=3)),
            entry(4, "2", committed_at=None),
            entry(5, "1"),
        ],
        NOW,
    )
    assert found.lead_seconds == (3 * 3600 + 60 + 3600 + 60) / 2
    assert found.waited_seconds == (3 * 3600 + 3600) / 2
    assert found.released_seconds == 60
    assert found.restore_seconds == 86400
    assert (found.per_day, found.failure_rate) == (0.1, 0.25)


def test_where_nothing_happened_nothing_is_known() -> None:
    found = figures(REF, [], NOW)
    assert (found.lead_seconds, found.restore_seconds, found.failure_rate, found.per_day) == (
        None,
        None,
        None,
        0,
    )


def test_people_read_a_table() -> None:
    found = figures(REF, [entry(1, "1", kind="rollback"), entry(2, "2", "rolled-back"), entry(3, "1")], NOW)
    assert figures_text.rows([found]) == [
        ["APPLICATION", "ENVIRONMENT", "DEPLOYMENTS", "LEAD TIME", "FAILED", "RESTORED IN"],
        ["shop", "production", "1 (0.033/day)", "1h01m", "1 of 2 (50%)", "24h00m"],
    ]
    assert figures_text.rows([found], wide=True)[1][6:] == ["1h00m", "1m00s", "30"]
    assert max(map(len, laid_out(figures_text.rows([found]), 80))) <= 80


def test_prometheus_reads_gauges_of_what_is_known() -> None:
    found = figures(ReleaseRef('a"b\n', "production", "shop"), [entry(1, "1")], NOW)
    text = figures_text.prometheus([found])
    labels = '{application="a\\"b\\n",environment="production",release="shop"}'
    assert f"# TYPE headway_deployments gauge\nheadway_deployments{labels} 1\n" in text
    assert f"headway_lead_time_seconds{labels} 3660\n" in text
    assert "time_to_restore" not in text
    assert text.endswith("\n")
    assert figures_text.prometheus([]) == ""


def test_stages_of_what_was_deployed() -> None:
    begun = NOW - timedelta(days=1)
    known = Known(
        published={"sha256:1": begun - timedelta(minutes=2)},
        tested={"sha256:1": [begun - timedelta(minutes=5), begun]},
        built={"sha256:1": begun - timedelta(hours=1, minutes=1)},
    )
    one = entry(1, "1", upgraded_at=begun + timedelta(seconds=20))
    found = figures(REF, [one, entry(2, "0")], NOW, known=known)
    assert figures_text.stage_rows([found])[1:] == [
        ["shop", "production", "taken up", "1m00s", "1m00s", "1 of 2"],
        ["shop", "production", "published", "3m00s", "3m00s", "1 of 2"],
        ["shop", "production", "begun", "2m00s", "2m00s", "1 of 2"],
        ["shop", "production", "upgraded", "20s", "20s", "1 of 2"],
        ["shop", "production", "tested", "40s", "40s", "1 of 2"],
    ]
    text = figures_text.prometheus([found])
    assert 'stage="published",quantile="0.9"} 180\n' in text
    assert (
        'headway_stage_known_deliveries{application="shop",environment="production",release="shop",stage="tested"} 1\n'
        in text
    )
    assert figures_text.values(found)["stages"][0]["known"] == 1


def test_a_stage_that_nobody_knows_says_so() -> None:
    found = figures(REF, [entry(1, "1")], NOW)
    assert ["shop", "production", "upgraded", "not known", "not known", "0 of 1"] in figures_text.stage_rows(
        [found]
    )
    assert figures_text.stage_rows([figures(REF, [], NOW)])[1:] == []


def test_a_trend_counts_each_change_once_where_it_ended() -> None:
    entries = [
        entry(0, "4"),
        entry(1, "3", kind="rollback"),
        entry(2, "4", "failed"),
        entry(3, "3"),
        entry(29, "1"),
    ]
    trend = figures(REF, entries, NOW).trend
    assert [(each.changes, each.failures) for each in trend] == [(1, 0), *[(0, 0)] * 7, (1, 0), (1, 0)]
    assert (trend[0].lead_seconds, trend[1].lead_seconds, trend[0].failure_rate, trend[1].failure_rate) == (
        3660,
        None,
        0,
        None,
    )
    assert (trend[0].since, trend[-1].until) == (NOW - timedelta(days=30), NOW)


def test_images_that_came_with_a_package() -> None:
    a, b = HistoryImage("r/a", "1"), HistoryImage("r/b", "1")
    entries = [entry(1, "3", images=(a, b)), entry(2, "2", images=()), entry(3, "1", images=(a,))]
    assert new_images(entries) == {"sha256:1": (a,), "sha256:3": (b,)}

"""A history as people read it: piped, on a wide and on a narrow terminal."""

from datetime import UTC, datetime, timedelta

import pytest

from headway.cli.table import laid_out
from headway.decide.review import history_table
from headway.model.release_history import HistoryEntry, HistoryImage

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def entry(revision: int, version: str, hours: int, **more: object) -> HistoryEntry:
    begun = NOW - timedelta(hours=hours)
    known = {"kind": "release", "outcome": "passed", "by": "headway", "started_at": begun} | more
    return HistoryEntry(revision, version, ended_at=begun + timedelta(seconds=40), **known)  # type: ignore[arg-type]


FAULT = "Pod cart-1 in Deployment/cart: container web exits with 1"
HISTORY = (
    entry(14, "0.1.3", 2, kind="rollback", by="Ada", why="checkout is slow,\nsee incident 12"),
    entry(13, "0.1.4", 5, outcome="rolled-back", reason=FAULT, status="superseded"),
    entry(12, "0.1.3", 50, commit="c" * 40, images=(HistoryImage("r.example/shop/cart", "main-1a2b3c4"),)),
    entry(0, "0.1.2", 60, outcome="failed", reason="the dry run\x1b[2J refused it"),
    HistoryEntry(1, "0.1.0", "by hand", status="superseded", deployed_at=NOW - timedelta(days=9)),
)
PIPED = """\
REVISION  VERSION  WHEN  WHAT      ENDED        TOOK  BY       WHY
14        0.1.3    2h    rollback  tested       40s   Ada      checkout is slow, see incident 12
13        0.1.4    5h    release   rolled back  40s   headway  failed: Pod cart-1 in Deployment/cart: container web exits with 1
12        0.1.3    2d    release   tested       40s   headway  -
-         0.1.2    2d    release   failed       40s   headway  failed: the dry run\\u001b[2J refused it
1         0.1.0    9d    by hand   superseded   -     -        -
"""
NARROW = """\
REVISION  VERSION  WHEN  WHAT      ENDED        TOOK  BY
    WHY
14        0.1.3    2h    rollback  tested       40s   Ada
    checkout is slow, see incident 12
13        0.1.4    5h    release   rolled back  40s   headway
    failed: Pod cart-1 in Deployment/cart: container web exits with 1
12        0.1.3    2d    release   tested       40s   headway
-         0.1.2    2d    release   failed       40s   headway
    failed: the dry run\\u001b[2J refused it
1         0.1.0    9d    by hand   superseded   -     -
"""


@pytest.mark.parametrize(
    ("width", "golden"), [(None, PIPED), (200, PIPED), (80, NARROW)], ids=["piped", "200", "80"]
)
def test_the_table(width: int | None, golden: str) -> None:
    assert "".join(f"{line}\n" for line in laid_out(history_table.rows(HISTORY, NOW), width)) == golden


def test_wide_tells_more() -> None:
    titles, *rows = history_table.rows(HISTORY, NOW, wide=True)
    third = dict(zip(titles, rows[2], strict=True))
    assert (third["COMMIT"], third["IMAGES"]) == ("c" * 12, "cart:main-1a2b3c4")
    assert dict(zip(titles, rows[1], strict=True))["HELM"] == "superseded"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "-"), (-3, "-"), (0, "0s"), (59.4, "59s"), (60, "1m00s"), (3599, "59m59s"), (3660, "1h01m")],
)
def test_how_long_it_took(seconds: float | None, said: str) -> None:
    assert history_table.took(seconds) == said


def test_programs_get_all_of_it() -> None:
    values = history_table.values(HISTORY[0])
    assert (values["revision"], values["seconds"], values["by"], values["outcome"]) == (
        14,
        40.0,
        "Ada",
        "passed",
    )

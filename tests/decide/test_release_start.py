"""When a look starts a release run: one row for each thing that may already be on its way."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from headway.decide.release import starting
from headway.decide.release.starting import ReleaseRun, Start
from headway.model.record import Asked
from headway.model.release_ref import ReleaseRef

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SETTLE = timedelta(minutes=5)


def run(
    state: Literal["SCHEDULED", "PENDING", "RUNNING", "PAUSED", "REJECTED", "UNANSWERED"],
    package: str = "new",
    seconds: float = 10,
    form: bool = True,
) -> ReleaseRun:
    since = NOW - timedelta(seconds=seconds)
    return ReleaseRun("id", "Release shop to production", state, since, package, form)


@dataclass(frozen=True)
class Row:
    runs: tuple[ReleaseRun, ...]
    begins: bool
    says: str = ""
    supersedes: bool = False
    lease_held: bool = False
    offered: float = 600
    """Seconds since the repository offers the package."""
    approved: bool = False
    goes_on: float | None = None
    """Seconds since somebody said so."""
    asked: str = ""
    """Id of the run of which the record says that it asks about 0.1.5."""
    ends: tuple[ReleaseRun, ...] = ()
    """What is superseded, where that is not all of them or none."""


WITHOUT_FORM = run("PAUSED", seconds=120, form=False)
OLD_WITHOUT_FORM = run("PAUSED", "old", seconds=120, form=False)

RELEASES = {
    "nobody is at it": Row((), begins=True),
    "one is scheduled": Row((run("SCHEDULED", seconds=9000),), begins=False, says="is scheduled already"),
    "one was started by hand and has not looked": Row((run("PENDING", ""),), begins=False, says="is pending"),
    "one waits for approval of it": Row(
        (run("PAUSED", seconds=90_000),),
        begins=False,
        says="'Release shop to production' waits for approval already: headway approve shop production [--reject] answers it",
    ),
    "one is making its plan": Row((run("RUNNING"),), begins=False, says="is running already"),
    "one is at work": Row((run("RUNNING", seconds=900),), begins=False, lease_held=True),
    "one died with its machine": Row((run("RUNNING", seconds=900),), begins=True),
    "one never left Pending": Row((run("PENDING", seconds=900),), begins=True),
    "one should be here by now": Row((run("RUNNING", seconds=120),), begins=True),
    "one is scheduled and has not looked": Row(
        (run("SCHEDULED", ""),), begins=False, says="is scheduled already"
    ),
    "one that has not looked is at work": Row((run("RUNNING", ""),), begins=True),
    "an older version is being released": Row((run("RUNNING", "old", 60),), begins=True, lease_held=True),
    "an older version waits for approval": Row((run("PAUSED", "old"),), begins=True, supersedes=True),
    "an older one waits and this one is not settled": Row(
        (run("PAUSED", "old"),),
        begins=False,
        offered=30,
        says="older version, whose place this one takes at 2026-11-24T12:04:30Z",
    ),
    "an older one waits, and the record says which": Row(
        (run("PAUSED", "old"),),
        begins=False,
        offered=30,
        asked="id",
        says="'Release shop to production' waits for approval of 0.1.5, whose place this one takes at 2026-11-24T12:04:30Z",
    ),
    "an older one waits, and the record is about another run": Row(
        (run("PAUSED", "old"),),
        begins=False,
        offered=30,
        asked="another",
        says="approval of an older version",
    ),
    "an older one waits and this one has just settled": Row(
        (run("PAUSED", "old"),), begins=True, offered=300, supersedes=True
    ),
    "it was rejected": Row(
        (run("REJECTED", seconds=90_000),),
        begins=False,
        says="'Release shop to production' was rejected: headway release shop production asks again",
    ),
    "it was cancelled while it waited": Row(
        (run("UNANSWERED", seconds=90_000),),
        begins=False,
        says="'Release shop to production' was cancelled before it was answered: "
        "headway release shop production asks again",
    ),
    "an older one was cancelled while it waited": Row((run("UNANSWERED", "old"),), begins=True),
    "it was approved, and the run that was told so is no more": Row((), begins=True, approved=True),
    "it was approved, and is on its way": Row(
        (run("RUNNING"),), begins=False, says="is running already", approved=True
    ),
    "it was rejected once and is approved since": Row((run("REJECTED"),), begins=True, approved=True),
    "it was approved, and another one waits: that goes on waiting": Row(
        (run("PAUSED", "newer"),), begins=True, approved=True
    ),
    "the form of the one that waits is lost": Row((WITHOUT_FORM,), begins=True, supersedes=True),
    "the form of the one that waits is still being made": Row(
        (run("PAUSED", seconds=119, form=False),), begins=False, says="waits for approval already"
    ),
    "the form of one that waits is lost, and another one has one": Row(
        (WITHOUT_FORM, run("PAUSED")), begins=False, says="waits for approval already", ends=(WITHOUT_FORM,)
    ),
    "the form of one that waits is lost, and it was rejected since": Row(
        (WITHOUT_FORM, run("REJECTED")), begins=False, says="was rejected", ends=(WITHOUT_FORM,)
    ),
    "the form of one that waits is lost, and it is approved": Row(
        (WITHOUT_FORM,), begins=True, approved=True, supersedes=True
    ),
    "the form of an older one is lost, and another older one waits": Row(
        (OLD_WITHOUT_FORM, run("PAUSED", "old")),
        begins=False,
        offered=30,
        says="older version",
        ends=(OLD_WITHOUT_FORM,),
    ),
    "the form of an older one is lost: nobody reads it, and nothing is waited for": Row(
        (OLD_WITHOUT_FORM,), begins=True, offered=30, supersedes=True
    ),
    "it was rejected, and somebody said since that it goes on": Row(
        (run("REJECTED", seconds=900),), begins=True, goes_on=60
    ),
    "somebody said that it goes on, and it was rejected then": Row(
        (run("REJECTED", seconds=60),), begins=False, says="was rejected", goes_on=900
    ),
    "it was rejected and a person asked again": Row(
        (run("REJECTED"), run("PAUSED")), begins=False, says="waits for approval already"
    ),
    "an older one was rejected": Row((run("REJECTED", "old"),), begins=True),
    "both wait": Row((run("PAUSED", "old"), run("PAUSED")), begins=False, says="waits for approval already"),
}


@pytest.mark.parametrize("row", RELEASES.values(), ids=RELEASES.keys())
def test_a_release(row: Row) -> None:
    start = starting.release(
        ReleaseRef("shop", "production", "shop"),
        row.runs,
        "new",
        offered_at=NOW - timedelta(seconds=row.offered),
        supersede_after=SETTLE,
        lease_held=row.lease_held,
        approved=row.approved,
        asked=Asked(version="0.1.5", chart_digest="sha256:5", at=NOW, run=row.asked) if row.asked else None,
        goes_on_since=None if row.goes_on is None else NOW - timedelta(seconds=row.goes_on),
        now=NOW,
    )
    assert start.begins is row.begins
    assert row.says in start.why
    assert start.superseded == (row.runs if row.supersedes else row.ends)


REPAIRS = {
    "nobody is at it": Row((), begins=True),
    "one waits for approval": Row((run("PAUSED"),), begins=True),
    "one is at work": Row((run("RUNNING", seconds=900),), begins=False, lease_held=True),
    "one died with its machine": Row((run("RUNNING", seconds=900),), begins=True),
    "the release was rejected": Row((run("REJECTED"),), begins=True),
    "the release was not answered": Row((run("UNANSWERED"),), begins=True),
}


@pytest.mark.parametrize("row", REPAIRS.values(), ids=REPAIRS.keys())
def test_a_repair_needs_no_approval_and_ends_no_waiting(row: Row) -> None:
    start = starting.repair(row.runs, "new", lease_held=row.lease_held, now=NOW)
    assert (start.begins, start.superseded) == (row.begins, ())


def test_where_nothing_is_to_be_released_nobody_is_asked_any_more() -> None:
    waiting, working = run("PAUSED"), run("RUNNING")
    assert starting.nothing_to_release([waiting, working]) == Start(False, (waiting,))

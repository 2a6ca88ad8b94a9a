"""Whether a look starts a release run, given the runs of that release that have not ended, or that were answered with no.

A run says nothing of its own death: Prefect keeps one Running whose machine is gone. So a run counts only while it may
still be on its way, or while somebody holds the release's lease.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from headway.decide.release import advice
from headway.decide.release.advice import Place
from headway.model.record import Asked

ON_ITS_WAY = timedelta(minutes=2)
"""From Pending to the lease: an interpreter starts, the plan is made."""
_ANSWERED = {"REJECTED": "rejected", "UNANSWERED": "cancelled before it was answered"}
"""Runs that have ended without a release, and how."""


@dataclass(frozen=True, slots=True)
class ReleaseRun:
    """A release run as Prefect has it. `package`: what it is about, empty where it has not looked yet."""

    id: str
    name: str
    state: Literal["SCHEDULED", "PENDING", "RUNNING", "PAUSED", "REJECTED", "UNANSWERED"]
    """"UNANSWERED": it was cancelled while it waited for an answer."""
    since: datetime
    package: str
    form: bool = True
    """Whether a run that waits still has the form for its answer: a server that stalls may lose it."""

    @property
    def waits(self) -> bool:
        """For a person's approval."""
        return self.state == "PAUSED"


@dataclass(frozen=True, slots=True)
class Start:
    """What a look does about runs. `superseded` are ended first; `why` is one sentence, empty where it begins one."""

    begins: bool
    superseded: tuple[ReleaseRun, ...] = ()
    why: str = ""


def nothing_to_release(runs: Sequence[ReleaseRun]) -> Start:
    """No approval is needed any more for what was wanted before."""
    return Start(False, tuple(run for run in runs if run.waits))


def repair(runs: Sequence[ReleaseRun], package: str, *, lease_held: bool, now: datetime) -> Start:
    """Test, go back, unlock: no approval is needed for it, and one that waits for another version goes on waiting."""
    same = [run for run in runs if not run.waits and _is_about(run, package)]
    return _unless_at_work(same, lease_held=lease_held, now=now)


def release(
    place: Place,
    runs: Sequence[ReleaseRun],
    package: str,
    *,
    offered_at: datetime,
    supersede_after: timedelta,
    lease_held: bool,
    approved: bool = False,
    goes_on_since: datetime | None = None,
    asked: Asked | None = None,
    now: datetime,
) -> Start:
    """Install or upgrade to `package`, which the repository has offered since `offered_at`. `asked`: what the gate asks about, as
    far as the record knows.

    A newer package takes the place of one that waits for approval, but only after `supersede_after`: else somebody who
    reads a plan would lose it to every commit. What is `approved` already asks nobody, and takes nobody's place. A no counts
    until somebody has said that it goes on.
    """
    lost = tuple(run for run in runs if run.waits and not run.form and now - run.since >= ON_ITS_WAY)
    same = [run for run in runs if _is_about(run, package) and run not in lost]
    start = _unless_at_work(same, lease_held=lease_held, now=now)
    if not start.begins:
        how = f": {advice.approve(place)} answers it" if any(run.waits for run in same) else ""
        return replace(start, superseded=lost, why=f"{start.why}{how}")
    if approved:
        return Start(True, superseded=lost)
    if answered := [
        run for run in same if run.state in _ANSWERED and (goes_on_since is None or run.since > goes_on_since)
    ]:
        how = _ANSWERED[answered[0].state]
        again = f"{advice.release(place)} asks again"
        return Start(False, superseded=lost, why=f"{answered[0].name!r} was {how}: {again}")
    older = tuple(run for run in runs if run.waits and run not in lost)
    due_at = offered_at + supersede_after
    if older and now < due_at:
        at = f"{due_at:%Y-%m-%dT%H:%M:%SZ}"
        about = asked.version if asked and asked.run == older[0].id else "an older version"
        why = f"{older[0].name!r} waits for approval of {about}, whose place this one takes at {at}"
        return Start(False, superseded=lost, why=why)
    return Start(True, superseded=(*older, *lost))


def _is_about(run: ReleaseRun, package: str) -> bool:
    return run.package == package or (not run.package and run.state in ("SCHEDULED", "PENDING"))


def _unless_at_work(runs: Sequence[ReleaseRun], *, lease_held: bool, now: datetime) -> Start:
    for run in runs:
        if run.state in _ANSWERED:
            continue
        if run.state in ("SCHEDULED", "PAUSED") or lease_held or now - run.since < ON_ITS_WAY:
            said = "waits for approval" if run.waits else f"is {run.state.lower()}"
            return Start(False, why=f"{run.name!r} {said} already")
    return Start(True)

"""Where a release goes back to: by itself to last good, or to what a person holds, and nowhere else; for a
person, to what they may name.
"""

from dataclasses import dataclass
from datetime import datetime

from headway.decide.release import advice, standing_orders, transitions
from headway.decide.release.observation import Observation, ReleaseFingerprint, Revision, same
from headway.errors import Refused
from headway.model.record import Good, Hold, ReleaseRecord


@dataclass(frozen=True, slots=True)
class ToRevision:
    """`helm rollback` to `revision`, which holds what was good."""

    good: Good
    revision: int


@dataclass(frozen=True, slots=True)
class ToPackage:
    """Helm's history has lost it: the package `good.chart_digest` is deployed from the chart repository."""

    good: Good


@dataclass(frozen=True, slots=True)
class Uninstall:
    """A first install failed, and nothing was good before: what it brought is removed."""


Target = ToRevision | ToPackage | Uninstall


def sentence(target: Target) -> str:
    match target:
        case ToRevision(good, revision):
            return f"Back to {good.version}, revision {revision}."
        case ToPackage(good):
            return f"Back to {good.version}, from the chart repository: Helm's history has lost it."
        case Uninstall():
            return "Nothing was good before: what this first install brought is removed."


def automatic(observation: Observation) -> Target | None:
    """The way back, or the removal of a first install that is wholly ours. None: nothing may be done."""
    if observation.rollback_target:
        return locate(observation.rollback_target, observation)
    living = observation.living
    if living and living[-1].revision == 1 and all(_is_ours_alone(each, observation) for each in living):
        return Uninstall()
    return None


def _is_ours_alone(revision: Revision, observation: Observation) -> bool:
    attempt = observation.attempt_of(revision)
    return attempt is not None and attempt.kind != "adoption"


def locate(good: Good, observation: Observation) -> ToRevision | ToPackage:
    """The newest revision of the history that holds what was good: a rolled-back copy serves as well."""
    for revision in observation.living:
        content = observation.content_of(revision)
        if revision.status in {"deployed", "superseded"} and content and same(content, good):
            return ToRevision(good, revision.revision)
    return ToPackage(good)


def for_person(observation: Observation, version: str | None = None) -> Good:
    """The newest good one with other content than what was applied last, or the good one called `version`.

    While a hold stands, what it left is not gone back to without naming it. Raises Refused, naming what
    there is.
    """
    record = _record(observation)
    applied = _applied_last(observation)
    names = ", ".join(good.version for good in record.good) or "none"
    if version is not None:
        for good in record.good:
            if good.version == version:
                return good
        raise Refused(
            f"{version} never passed its tests here",
            where=f"{record.application} in {record.environment}",
            next_step=f"Name one of: {names}",
        )
    left = record.hold.not_above if record.hold else None
    for good in record.good:
        if not (applied and same(good, applied)) and good.version != left:
            return good
    raise Refused(
        "no other version has passed its tests here",
        where=f"{record.application} in {record.environment}",
        next_step=f"Versions that have: {names}.",
    )


def hold(
    observation: Observation, target: Good, *, by: str, why: str, now: datetime, run: str = ""
) -> ReleaseRecord:
    """The record with the hold that a person's roll back writes, before anything else changes.

    `not_above` is the version left: what was desired if that is known, else what was applied last; a second roll back
    keeps the first one's, since nothing in between is wanted either. Raises Refused where there is no
    record.
    """
    record = _record(observation)
    applied = _applied_last(observation)
    if record.hold and observation.hold:
        left = record.hold.not_above
    elif observation.desired:
        left = observation.desired.version
    else:
        left = applied.version if applied else target.version
    hold = Hold(by=by, why=why, at=now, version=target.version, not_above=left)
    return standing_orders.held(record, hold, run=run)


def restored(observation: Observation, target: Good, *, now: datetime, run: str = "") -> ReleaseRecord:
    """The record once somebody has brought `target` back by their own Helm: that revision is ours, and held as if they had
    asked Headway for it, unless it is wanted anyway or was itself applied last."""
    record, left = _record(observation), _applied_last(observation)
    if observation.newest is None:
        return record
    is_wanted = observation.desired is not None and observation.desired.digest == target.chart_digest
    if left and not same(left, target) and not is_wanted:
        why = f"helm brought it back by hand, as revision {observation.newest.revision}"
        record = hold(observation, target, by="a person", why=why, now=now, run=run)
    return transitions.restored(record, target, observation.newest.revision, now=now)


def _record(observation: Observation) -> ReleaseRecord:
    if observation.record is None:
        raise Refused(
            "Headway has no record of this release",
            next_step=f"Adopt it first: {advice.adopt(observation.ref)}",
        )
    return observation.record


def _applied_last(observation: Observation) -> ReleaseFingerprint | None:
    """What was applied last, also where it is still on its way or failed: that is what a person wants to leave."""
    contents = map(observation.content_of, (observation.newest, observation.deployed, *observation.living))
    return next((each for each in contents if each), None)

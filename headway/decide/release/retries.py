"""Which attempt may be made again, and not before when."""

from datetime import datetime

from headway.decide.release.failure_cause import pause_after
from headway.decide.release.observation import Observation
from headway.model.record import Attempt


def retried(o: Observation) -> Attempt | None:
    """The attempt that may be repeated: that of the newest revision if it ended badly, else the last one of what is wanted."""
    newest = o.newest_attempt
    if newest is not None and newest.outcome in {"failed", "tests-failed", "interrupted", "started"}:
        return newest
    if (
        o.tried is not None
        and o.tried.outcome in {"failed", "interrupted", "started"}
        and o.tried.cause != "version"
    ):
        return o.tried
    return None


def due(attempt: Attempt) -> datetime:
    return (attempt.ended_at or attempt.started_at) + pause_after(attempt)


def is_cooling_down(o: Observation) -> bool:
    attempt = retried(o)
    return attempt is not None and o.now < due(attempt)

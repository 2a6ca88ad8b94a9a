"""When an application was looked at last, and when it is the next time, in a sentence that claims nothing that is not known."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from headway.decide.review import run_messages, watch_message

LATE = timedelta(minutes=1)
"""So long a run may wait for its worker until it is said."""
SAID_LIMIT = 300
_ENDED = {
    "FAILED": "failed",
    "CRASHED": "crashed",
    "CANCELLED": "was cancelled",
    "CANCELLING": "is cancelled",
}
UNKNOWN_YET = "no look is known yet"
PAUSED = "no next look: watch is paused (Prefect UI, Deployments)"
NOT_DEPLOYED = "no next look: watch is not deployed"
NOT_REGISTERED = "no next look: it is not registered, so nothing looks at it"
NOT_PLANNED = "when the next look is has not been planned yet"


@dataclass(frozen=True, slots=True)
class LastLook:
    at: datetime
    is_poll: bool
    """Else a hint or a person asked for it."""
    kind: str
    """Prefect's type of its state, such as RUNNING."""
    said: str
    """What it ended with."""


@dataclass(frozen=True, slots=True)
class LookTimes:
    last: LastLook | None = None
    next_at: datetime | None = None
    no_next: str = ""
    """Why there is no next look, where there is none."""


def of_watch(at: datetime, kind: str, said: str, application: str) -> LastLook:
    """What a look at all applications says of one: one that failed names whom it could not deliver."""
    if kind != "FAILED":
        return LastLook(at, True, kind, said)
    why = watch_message.of_application(run_messages.of_state(said), application)
    named = watch_message.names_any(run_messages.of_state(said))
    if why is None and named:
        return LastLook(at, True, "COMPLETED", "")
    return LastLook(at, True, kind, said if why is None else why)


def sentence(times: LookTimes, now: datetime, *, reason: bool = True) -> str:
    """Such as "looked at 14:02 UTC (poll), next look 14:07 UTC". `reason`: with why the last one failed."""
    return f"{_last(times.last, now, reason=reason)}, {_next(times, now)}"


def _last(look: LastLook | None, now: datetime, *, reason: bool) -> str:
    if look is None:
        return UNKNOWN_YET
    when = f"{_moment(look.at, now)} ({'poll' if look.is_poll else 'hint or command'})"
    if look.kind in ("RUNNING", "PENDING"):
        return f"{'all applications are' if look.is_poll else 'it is'} looked at since {when}"
    ended = _ENDED.get(look.kind, "")
    why = _shortened(run_messages.of_state(look.said)) if reason else ""
    return f"looked at {when}{f', which {ended}' if ended else ''}{f' ({why})' if ended and why else ''}"


def _shortened(said: str) -> str:
    line = " ".join(said.split())
    return line if len(line) <= SAID_LIMIT else f"{line[:SAID_LIMIT]}..."


def _next(times: LookTimes, now: datetime) -> str:
    if times.next_at is None:
        return times.no_next
    if now - times.next_at > LATE:
        return f"the next look was due {_moment(times.next_at, now)} and has not begun: is a worker running?"
    return f"next look {_moment(times.next_at, now)}"


def _moment(at: datetime, now: datetime) -> str:
    """With the day, unless that is today's."""
    at, now = at.astimezone(UTC), now.astimezone(UTC)
    return f"{at:%H:%M} UTC" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M} UTC"

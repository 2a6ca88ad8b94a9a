"""How long a host that cannot answer is left alone: longer each time, less a part that chance decides, and never for very long.

One failure is nobody's business but of whoever asked. After a second one without an answer between, polls leave the host alone,
so that one that hangs does not cost every application its patience; people and hints ask all the same. What a host itself
asks for (Retry-After) stands for all where it speaks of who asks (429). Where it is out of order itself (503) it stands for
polls, and for people and hints a moment: it may be a web server that others share, and it can say so again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FIRST = timedelta(minutes=1)
"""After the second failure in a row; twice as long after each more."""
LONGEST = timedelta(minutes=15)
"""Whatever a host asks for as well."""
MOMENT = timedelta(seconds=10)
"""So long people and hints leave a host alone that asks for it and has no limit of theirs."""
BY_CHANCE = 0.25
"""So large a part of it is left to chance, so that those who wait for one host do not all come back at once."""
FORGOTTEN = timedelta(hours=1)
"""Nobody has asked for so long since it might have been asked: what was then says nothing of now."""
NO_ANSWER = 0
"""In the place of a status: the host could not be reached, or was silent."""
TOO_MANY = 429
_OF_THE_HOST = frozenset({NO_ANSWER, TOO_MANY, 502, 503, 504})
"""Others, such as 500, may be about one repository of many."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is known of a host that did not answer when it was asked last."""

    times: int
    """Failures in a row."""
    status: int
    """The last one: of HTTP, or NO_ANSWER."""
    at: datetime
    until: datetime
    asked: bool = False
    """The host itself has asked to be left alone until then."""

    @property
    def why(self) -> str:
        return str(self.status) if self.status else "it did not answer"


def speaks_of_host(status: int | None) -> bool:
    """Whether a failure with that status says something of more than what was asked for. None: no status is known."""
    return status in _OF_THE_HOST


def after_failure(
    before: Trouble | None,
    status: int,
    *,
    began: datetime,
    now: datetime,
    asked: timedelta | None = None,
    chance: float = 0.0,
) -> Trouble:
    """`began`: when it was asked; what was under way as another failed is the same failure. `asked`: of Retry-After.
    `chance`: 0 to 1."""
    if before and now > before.until + FORGOTTEN:
        before = None
    if before and began < before.at and asked is None:
        return before
    times = before.times + 1 if before else 1
    if asked is not None:
        return Trouble(times, status, now, now + min(asked, LONGEST), asked=True)
    own = min(FIRST * 2 ** min(times - 2, 10), LONGEST) if times > 1 else timedelta()
    return Trouble(times, status, now, now + own * (1 - BY_CHANCE * chance))


def binds_all(trouble: Trouble) -> bool:
    """People and hints too, as long as it lasts."""
    return trouble.asked and trouble.status == TOO_MANY


def ends(trouble: Trouble, *, polls: bool) -> datetime:
    """When it may be asked again. `polls`: nobody has said that there is news, nor asked for this look."""
    if polls or binds_all(trouble):
        return trouble.until
    return min(trouble.until, trouble.at + MOMENT) if trouble.asked else trouble.at


def is_left_alone(trouble: Trouble, now: datetime, *, polls: bool) -> bool:
    # A clock that was set back meanwhile makes nobody wait for longer.
    return trouble.at <= now < ends(trouble, polls=polls)


def sentence(trouble: Trouble) -> str:
    """Such as "it is left alone until 14:05 UTC (429)"."""
    asked = "it has asked to be left alone" if trouble.asked else "it is left alone"
    return f"{asked} until {trouble.until.astimezone(UTC):%H:%M} UTC ({trouble.why})"

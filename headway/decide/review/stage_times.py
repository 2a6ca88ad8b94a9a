"""How long each stage of a delivery took in an environment: out of the image's label, the commit, the index and the record.

What stands on either side of a stage is known or not; a stage whose beginning or end nobody knows has no time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import median, quantiles
from typing import Literal

from headway.model.release_history import HistoryEntry

StageName = Literal["taken up", "published", "begun", "upgraded", "tested"]
STAGES: tuple[StageName, ...] = ("taken up", "published", "begun", "upgraded", "tested")
MEANING: dict[StageName, str] = {
    "taken up": "from the image's build until a commit of the application took it up",
    "published": "from that commit, or from its tests in the environment before, until its chart was published here",
    "begun": "until its release began",
    "upgraded": "until Helm had done its work",
    "tested": "until its tests had passed",
}


@dataclass(frozen=True, slots=True)
class Moments:
    """What is known of one package on its way into one environment. None: not known, or not yet."""

    built: datetime | None = None
    committed: datetime | None = None
    tested_before: datetime | None = None
    """When it had passed its tests in the environment it was promoted from."""
    published: datetime | None = None
    """When the environment's chart repository began to offer it."""
    begun: datetime | None = None
    upgraded: datetime | None = None
    tested: datetime | None = None

    def seconds(self, stage: StageName) -> float | None:
        """None where it is not over, where nobody knows, and where clocks contradict each other."""
        first, last = {
            "taken up": (self.built, self.committed),
            "published": (self.tested_before or self.committed, self.published),
            "begun": (self.published, self.begun),
            "upgraded": (self.begun, self.upgraded),
            "tested": (self.upgraded, self.tested),
        }[stage]
        return (last - first).total_seconds() if first and last and last >= first else None


def moments(
    tries: Sequence[HistoryEntry],
    *,
    published: datetime | None,
    tested_elsewhere: Iterable[datetime] = (),
    built: datetime | None = None,
) -> Moments:
    """Of one package. `tries`: its entries in this environment, oldest first. `tested_elsewhere`: when it passed in others."""
    first = tries[0] if tries else None
    # What came after it had passed, such as a return out of a hold, is no part of its way here.
    last = next((each for each in tries if each.passed), tries[-1] if tries else None)
    before = [each for each in tested_elsewhere if published and each <= published]
    return Moments(
        built=built,
        committed=next((each.committed_at for each in tries if each.committed_at), None),
        tested_before=max(before, default=None),
        published=published,
        begun=first.started_at if first else None,
        upgraded=last.upgraded_at if last else None,
        tested=last.ended_at if last and last.passed else None,
    )


def with_commit(found: Moments, committed: datetime | None) -> Moments:
    """The same, with when its commit was made, where no entry tells that."""
    return found if found.committed else replace(found, committed=committed)


def moment(seconds: int) -> datetime | None:
    """Of a commit's time since the epoch; None for one that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


@dataclass(frozen=True, slots=True)
class Spread:
    """Of one stage over several deliveries, in seconds; None where it is known of none of them."""

    stage: StageName
    median: float | None
    p90: float | None
    known: int
    """How many of `deliveries` have a known time."""
    deliveries: int


def spreads(deliveries: Iterable[Moments]) -> tuple[Spread, ...]:
    """One for each stage."""
    every = list(deliveries)
    return tuple(_spread(stage, every) for stage in STAGES)


def _spread(stage: StageName, every: Sequence[Moments]) -> Spread:
    known = [seconds for each in every if (seconds := each.seconds(stage)) is not None]
    if not known:
        return Spread(stage, None, None, 0, len(every))
    return Spread(stage, median(known), _p90(known), len(known), len(every))


def _p90(known: Sequence[float]) -> float:
    return quantiles(known, n=10, method="inclusive")[-1] if len(known) > 1 else known[0]

"""The board: applications by environments, out of what is known of each release. A column of the view is a field here."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from headway.decide.release.state import State
from headway.decide.review import status_table
from headway.decide.review.status import ReleaseStatus

Health = Literal["well", "waits", "held", "trouble", "unknown"]
USUAL_ORDER = (
    "dev",
    "development",
    "test",
    "testing",
    "qa",
    "integration",
    "staging",
    "preprod",
    "prod",
    "production",
)
"""Of environments whose order nobody has said."""

_HEALTH: dict[State, Health] = {
    State.IN_SYNC: "well",
    State.HELD: "held",
    State.FROZEN: "held",
    State.OUT_OF_SYNC: "waits",
    State.UNTESTED: "waits",
    State.LOCKED: "waits",
    State.ABSENT: "waits",
    State.DRIFTED: "trouble",
    State.FAILED: "trouble",
    State.UNMANAGED: "trouble",
    State.UNKNOWN: "unknown",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What somebody wants to see; an empty filter hides nothing."""

    application: str = ""
    """A part of its name."""
    environment: str = ""
    state: str = ""
    cluster: str = ""

    def show(self, cluster: str, status: ReleaseStatus) -> bool:
        return (
            self.application.casefold() in status.ref.application.casefold()
            and self.environment in ("", status.ref.environment)
            and self.state in ("", status.called)
            and self.cluster in ("", cluster)
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """One release, as it stands on the board."""

    cluster: str
    status: ReleaseStatus
    health: Health

    @property
    def age(self) -> str:
        return status_table.age(self.status.since, self.status.at)

    @property
    def tested(self) -> str:
        """How long ago; empty where what is deployed has not passed its tests."""
        return status_table.age(self.status.tested_at, self.status.at) if self.status.tested_at else ""

    @property
    def frozen(self) -> str:
        if self.status.freeze:
            return f"frozen by {self.status.freeze.by}: {self.status.freeze.why}"
        return self.status.policy_freeze

    @property
    def held(self) -> str:
        hold = self.status.hold
        return f"{hold.by} holds {hold.version}: {hold.why}" if hold else ""

    @property
    def barred(self) -> tuple[str, ...]:
        return tuple(f"{each.version} is barred: {each.reason}" for each in self.status.rejected)


@dataclass(frozen=True, slots=True)
class Row:
    application: str
    cells: tuple[tuple[Cell, ...], ...]
    """By environment, in the board's order; an application may be there several times."""


@dataclass(frozen=True, slots=True)
class Board:
    environments: tuple[str, ...]
    rows: tuple[Row, ...]
    left_out: int = 0
    """Releases that the filters hide."""

    @property
    def count(self) -> int:
        return sum(len(cells) for row in self.rows for cells in row.cells)


def board(
    releases: Iterable[tuple[str, ReleaseStatus]],
    filters: Filters,
    may_see: Callable[[ReleaseStatus], bool],
    order: Sequence[str] = (),
) -> Board:
    """`releases`: cluster and status of each. `order`: of environments, as far as it was said."""
    seen = [(cluster, status) for cluster, status in releases if may_see(status)]
    shown = [(cluster, status) for cluster, status in seen if filters.show(cluster, status)]
    environments = in_order({status.ref.environment for _, status in shown}, order)
    return Board(
        environments=environments,
        rows=tuple(
            Row(application, tuple(_cells(shown, application, each) for each in environments))
            for application in sorted({status.ref.application for _, status in shown})
        ),
        left_out=len(seen) - len(shown),
    )


def cell(cluster: str, status: ReleaseStatus) -> Cell:
    return Cell(cluster, status, _HEALTH[status.state])


def in_order(names: Iterable[str], order: Sequence[str] = ()) -> tuple[str, ...]:
    """Environments in the order in which versions pass through them: first those of `order`, then by usual names, then by
    name."""
    known = [*order, *USUAL_ORDER]
    return tuple(sorted(names, key=lambda each: (known.index(each) if each in known else len(known), each)))


def _cells(
    shown: Sequence[tuple[str, ReleaseStatus]], application: str, environment: str
) -> tuple[Cell, ...]:
    place = (application, environment)
    found = (cell(c, s) for c, s in shown if (s.ref.application, s.ref.environment) == place)
    return tuple(sorted(found, key=lambda each: (each.status.ref.release, each.cluster)))

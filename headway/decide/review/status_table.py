"""The status view's columns, for people and for programs. A new column is a line here, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from headway.decide.release import advice, lifting, rejected_inputs
from headway.decide.review.status import ReleaseStatus
from headway.formats.counted import counted
from headway.model.record import Rejection

Value = str | int | datetime | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Column:
    """`value` is what programs get under `key`. `text` is what people read; the value as it is where there is none. `in_full`:
    the same where they ask for more."""

    key: str
    value: Callable[[ReleaseStatus], Value]
    text: Callable[[ReleaseStatus], str] | None = None
    in_full: Callable[[ReleaseStatus], str] | None = None
    wide: bool = False
    """Shown to people only where they ask for more."""

    @property
    def title(self) -> str:
        return self.key.replace("_", " ").upper()

    def shown(self, status: ReleaseStatus, *, wide: bool) -> str:
        text = self.in_full if wide and self.in_full else self.text
        said = text(status) if text else self.value(status)
        return "-" if said is None or said == "" else str(said)


def notes(status: ReleaseStatus) -> tuple[str, ...]:
    """What somebody who wonders should know, one sentence each."""
    found = []
    if status.unnamed_in:
        found.append(f"{status.unnamed_in} does not name this environment any more: no delivery looks at it")
    if status.trouble:
        found.append(status.trouble)
    if status.freeze:
        ends = advice.lift(status.ref, "freeze")
        found.append(f"frozen by {status.freeze.by}: {status.freeze.why} ({ends})")
    if status.policy_freeze:
        found.append(status.policy_freeze)
    if status.hold:
        found.append(
            f"{status.hold.by} holds {status.hold.version} (nothing up to {status.hold.not_above}): {status.hold.why}"
            f" ({advice.lift(status.ref, 'hold')})"
        )
    if status.approval:
        found.append(f"{status.approval.by} approved {status.approval.version}")
    if status.drift:
        found.append(f"live objects differ: {', '.join(status.drift)}")
    found += [
        f"{each.version} is barred since {each.at:%Y-%m-%d %H:%M} UTC{_with(each)}: {each.reason}"
        f" ({lifting.way_back(status.ref, each)})"
        for each in status.rejected
    ]
    if status.tried_again:
        found.append(status.tried_again.in_words)
    if status.at_work:
        found.append(f"a run is at work on {status.at_work}")
    if status.waiting:
        found.append(status.waiting_since)
    if status.soaking:
        found.append(status.soaking.in_words)
    return tuple(" ".join(each.split()) for each in found)


def brief(status: ReleaseStatus) -> tuple[str, ...]:
    """The same in as few words as a line of a table has room for: who, and what. Why stands in the notes."""
    found = [f"not in {status.unnamed_in} any more"] if status.unnamed_in else []
    if status.trouble:
        found.append(_cut(status.trouble))
    if status.freeze:
        found.append(f"frozen by {status.freeze.by}")
    if status.policy_freeze:
        found.append(status.policy_freeze)
    if status.hold:
        found.append(f"held by {status.hold.by}")
    if status.approval:
        found.append(f"{status.approval.by} approved {status.approval.version}")
    if status.drift:
        found.append(f"{counted(len(status.drift), 'live object')} changed")
    if status.rejected:
        more = f" and {len(status.rejected) - 1} more are" if status.rejected[1:] else " is"
        found.append(f"{status.rejected[0].version}{more} barred")
    if status.tried_again:
        found.append(status.tried_again.brief)
    if status.at_work:
        found.append(f"at work on {status.at_work}")
    if status.waiting:
        said_no = (
            status.declined and not status.asks and f"{status.waits} waits: {status.declined.by} said no"
        )
        found.append(said_no or status.waiting)
    if status.soaking:
        found.append(f"{status.soaking.version} soaks")
    return tuple(" ".join(each.split()) for each in found)


_SHORT = 40
"""Letters of what was not foreseen."""


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 3].rstrip()}..."


def _with(rejection: Rejection) -> str:
    """What else is not due, in whatever version it comes."""
    return f", with all that holds {rejected_inputs.in_words(rejection.inputs)}" if rejection.inputs else ""


def age(since: datetime | None, now: datetime) -> str:
    """Such as 12s, 5m, 3h or 2d; "-" for never."""
    if since is None:
        return "-"
    passed = max(now - since, timedelta(0))
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if passed.total_seconds() >= length:
            return f"{int(passed.total_seconds() // length)}{unit}"
    return f"{int(passed.total_seconds())}s"


COLUMNS: tuple[Column, ...] = (
    Column("application", lambda s: s.ref.application),
    Column("environment", lambda s: s.ref.environment),
    Column("release", lambda s: s.ref.release, wide=True),
    Column("namespace", lambda s: s.namespace, wide=True),
    Column("version", lambda s: s.version),
    Column("revision", lambda s: s.revision),
    Column("since", lambda s: s.since, lambda s: age(s.since, s.at)),
    Column("tested", lambda s: s.tested_at, lambda s: age(s.tested_at, s.at) if s.tested_at else "no"),
    Column("state", lambda s: s.called),
    Column("offered", lambda s: s.offered, lambda s: "unknown" if s.offered is None else s.offered),
    Column("waits", lambda s: s.waits, wide=True),
    Column("asked", lambda s: s.asks.version if s.asks else "", wide=True),
    Column("notes", notes, lambda s: "; ".join(brief(s)), lambda s: "; ".join(notes(s))),
)


def rows(statuses: Sequence[ReleaseStatus], *, wide: bool = False) -> list[list[str]]:
    """Titles first, then a row for each release."""
    columns = [each for each in COLUMNS if wide or not each.wide]
    return [
        [each.title for each in columns],
        *([each.shown(status, wide=wide) for each in columns] for status in statuses),
    ]


def values(status: ReleaseStatus) -> dict[str, Value]:
    """Every column's value by its key."""
    return {each.key: each.value(status) for each in COLUMNS}

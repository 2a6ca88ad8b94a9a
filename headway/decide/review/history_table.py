"""The columns of a history, for people. A new column is a line here, and nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from headway.decide.review.status_table import age
from headway.model.release_history import HistoryEntry

_ENDED: Mapping[str, str] = {
    "started": "in progress",
    "deployed": "not tested",
    "passed": "tested",
    "failed": "failed",
    "tests-failed": "tests failed",
    "interrupted": "interrupted",
    "rolled-back": "rolled back",
    "seen-once": "failed once",
    "refused": "refused",
    "excused": "excused",
}


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    text: Callable[[HistoryEntry, datetime], str]
    wide: bool = False


def ended(entry: HistoryEntry) -> str:
    """In a word or two."""
    return _ENDED.get(entry.outcome) or entry.status or "-"


def took(seconds: float | None) -> str:
    """Such as 8s, 2m10s or 1h05m; "-" where it is not known."""
    if seconds is None or seconds < 0:
        return "-"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02}m"


def why(entry: HistoryEntry) -> str:
    """Why it was done; of what failed also how."""
    how = "refused" if entry.outcome == "refused" else "failed"
    said = (entry.why, f"{how}: {entry.reason}" if entry.reason and entry.failed else "")
    return " ".join("; ".join(filter(None, said)).split())


def short(digest: str) -> str:
    """Of a commit or digest, enough to tell it by."""
    return digest.removeprefix("sha256:")[:12]


_COLUMNS = (
    _Column("REVISION", lambda e, _: str(e.revision) if e.revision else "-"),
    _Column("VERSION", lambda e, _: e.version),
    _Column("WHEN", lambda e, now: age(e.at, now)),
    _Column("WHAT", lambda e, _: e.kind),
    _Column("ENDED", lambda e, _: ended(e)),
    _Column("TOOK", lambda e, _: took(e.seconds)),
    _Column("BY", lambda e, _: e.by or "-"),
    _Column("COMMIT", lambda e, _: short(e.commit) or "-", wide=True),
    _Column("IMAGES", lambda e, _: ", ".join(_short_image(i.reference) for i in e.images) or "-", wide=True),
    _Column("HELM", lambda e, _: e.status or "-", wide=True),
    _Column("RUN", lambda e, _: e.run or "-", wide=True),
    _Column("WHY", lambda e, _: why(e) or "-"),
)


def _short_image(reference: str) -> str:
    return reference.rpartition("/")[2]


def rows(entries: Sequence[HistoryEntry], now: datetime, *, wide: bool = False) -> list[list[str]]:
    """Titles first, then a row for each, newest first."""
    columns = [each for each in _COLUMNS if wide or not each.wide]
    return [
        [each.title for each in columns],
        *([" ".join(each.text(entry, now).split()) or "-" for each in columns] for entry in entries),
    ]


def values(entry: HistoryEntry) -> dict[str, Any]:
    """All that is known of it, for programs."""
    return {**asdict(entry), "seconds": entry.seconds}

"""Which revisions of a release are archived beside the packages, and under which names."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC

from headway.errors import BadInput
from headway.model.audit import HEADWAY, Said
from headway.model.release_history import HistoryEntry
from headway.model.release_ref import ReleaseRef

FOLDER = "releases"
_SECOND = re.compile(r"-[2-9]\.json\Z")
_TOLD_BY = ("revision", "version", "kind", "started_at", "chart_digest", "outcome")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?\Z", re.ASCII)


def folder(ref: ReleaseRef) -> str:
    """Such as releases/shop/testing/shop/. BadInput for names that no headway.yaml takes: a record may hold anything."""
    parts = (ref.application, ref.environment, ref.release)
    if not all(map(_NAME.match, parts)):
        raise BadInput("nothing is kept under such names", where=repr("/".join(parts)))
    return "/".join((FOLDER, *parts, ""))


def name(entry: HistoryEntry, at: int = 1) -> str:
    """The name of an archived revision; names sort by time. It is made of when the revision was begun, since its number may be
    taken from it; of one that was made by hand also of its number. `at`: from 2 on where the names before it are taken."""
    assert entry.at
    number = "" if entry.started_at else f"-r{entry.revision}"
    return f"{entry.at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}{number}{f'-{at}' if at > 1 else ''}.json"


def is_second(name: str) -> bool:
    """Whether the first name was taken when it was written."""
    return bool(_SECOND.search(name))


def is_same(kept: HistoryEntry, entry: HistoryEntry) -> bool:
    """Whether the archived entry is of this very revision; by whom it was made and why may have been learnt since."""
    return all(getattr(kept, each) == getattr(entry, each) for each in _TOLD_BY)


def fingerprint(entry: HistoryEntry) -> str:
    """The same text of what is_same takes for the same."""
    return hashlib.sha256(repr([getattr(entry, each) for each in _TOLD_BY]).encode()).hexdigest()


def settled(entries: Sequence[HistoryEntry]) -> tuple[HistoryEntry, ...]:
    """The entries of a timeline that will not change any more: those that passed, and those that another one came after.
    Without those that the record has forgotten: they were archived while it knew more of them."""
    return tuple(
        each
        for at, each in enumerate(entries)
        if (each.started_at or (each.kind == "by hand" and each.deployed_at))
        and (each.passed or (at > 0 and each.outcome != "started"))
    )


def with_run(entries: Iterable[HistoryEntry], started: Said) -> tuple[HistoryEntry, ...]:
    """The entries. Those that run `started.run` has begun, which started at `started.at`, get its id and, where nobody else
    decided them, who started it."""
    return tuple(_with_run(each, started) for each in entries)


def _with_run(entry: HistoryEntry, started: Said) -> HistoryEntry:
    if entry.started_at is None or entry.started_at < started.at:
        return entry
    if started.by and entry.kind == "release" and entry.by == HEADWAY:
        entry = replace(entry, by=started.by, why=started.why)
    return replace(entry, run=entry.run or started.run)

"""Reads `git log -z -m --name-only`: each commit once for every parent that it differs from, with the paths that differ.

A record is the format's fields, an empty one, and, where there are paths, a line break and the paths. No path that git
knows begins with a slash, so START cannot be forged by a file's name; nothing holds a zero byte.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headway.model.edits import Commit, CommitChanges

START = "//"
_FIELDS = 6
_LATEST = 253402300799
"""The end of the year 9999, as far as dates go here."""


@dataclass(frozen=True, slots=True)
class _Record:
    tree: str
    commit: Commit
    paths: frozenset[str]


def read(output: bytes) -> list[CommitChanges]:
    """From fields START%T, %H, %P, author, seconds and message, each behind a zero byte."""
    records: dict[str, list[_Record]] = {}
    for record in _records(output.split(b"\0")):
        records.setdefault(record.commit.sha, []).append(record)
    trees = {sha: same[0].tree for sha, same in records.items()}
    return [CommitChanges(same[0].commit, _by_parent(same, trees)) for same in records.values()]


def moment(seconds: str) -> int:
    """Of a commit, as git says it: nothing where old tools wrote no date that can be read, and numbers beyond all dates."""
    return min(int(seconds), _LATEST) if seconds else 0


def _records(fields: Sequence[bytes]) -> Iterator[_Record]:
    starts: list[int] = []
    for at, field in enumerate(fields):
        # An author or a message may begin so too.
        if field.startswith(START.encode()) and (not starts or at >= starts[-1] + _FIELDS):
            starts.append(at)
    for at, end in zip(starts, [*starts[1:], len(fields)], strict=True):
        tree, sha, parents, author, seconds, message = (
            field.decode(errors="replace") for field in fields[at : at + _FIELDS]
        )
        paths = [field.decode(errors="surrogateescape") for field in fields[at + _FIELDS : end]]
        commit = Commit(sha, tuple(parents.split()), author, moment(seconds), message)
        yield _Record(
            tree.removeprefix(START), commit, frozenset(filter(None, (p.removeprefix("\n") for p in paths)))
        )


def _by_parent(records: Sequence[_Record], trees: dict[str, str]) -> tuple[frozenset[str], ...]:
    """git leaves out a parent that has the very same tree, and does not say which one it left out."""
    tree, parents = records[0].tree, records[0].commit.parents
    if not parents:
        return (records[0].paths,)
    differing = iter([record.paths for record in records])
    return tuple(
        frozenset() if trees.get(parent) == tree else next(differing, frozenset()) for parent in parents
    )

"""A comparison of two revisions, for people and for programs."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from headway.decide.review.history_table import short
from headway.decide.review.revision_diff import GIVEN, RevisionDiff

_SIGNS = {"added": "+", "changed": "~", "removed": "-"}
_DIGESTS = ("package", "commit")
_IN_WORDS = {GIVEN: "values given beside the chart's own (helm get values)"}


def rows(diff: RevisionDiff) -> list[list[str]]:
    """Titles first, then a row for each thing that differs."""
    found = [
        [
            each.what,
            *(short(side) if each.what in _DIGESTS else side for side in (each.before, each.after)),
        ]
        for each in diff.steps
    ]
    return [["WHAT", diff.before, diff.after], *([cell or "-" for cell in row] for row in found)]


def narrow(diff: RevisionDiff) -> list[list[str]]:
    """The same where two sides do not fit beside each other: what is, below what was."""
    titles, *found = rows(diff)
    said = [["WHAT", f"{titles[1]} -> {titles[2]}"]]
    for what, before, after in found:
        said += [[what, before], ["", f"-> {after}"]]
    return said


def lines(diff: RevisionDiff) -> Iterator[str]:
    """The versions and commits between, then its objects, each with what changed in it."""
    yield from (
        f"between: {each.version}, commit {short(each.commit) or 'not known'}, published {each.published:%Y-%m-%dT%H:%M:%SZ}"
        for each in diff.versions
    )
    yield from (f"commit {each}" for each in diff.commits)
    for each in diff.objects:
        yield f"{_SIGNS[each.kind]} {_IN_WORDS.get(each.name, each.name)}"
        yield from (f"    {line}" for line in each.diff)


def names(diff: RevisionDiff) -> list[str]:
    return [each.name for each in diff.objects]


def values(diff: RevisionDiff) -> dict[str, Any]:
    return asdict(diff)

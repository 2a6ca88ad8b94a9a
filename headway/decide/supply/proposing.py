"""What becomes of an edit where a branch is written by pull request: at most one is open for an application, kept up to date."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from headway.model.checks import Checks
from headway.model.edits import IMAGE_TRAILER, RUN_TRAILER, Edit

PREFIX = "headway/"
"""Of the branches that Headway may overwrite."""
BY_A_PERSON = ("quarantine",)
"""Stages whose edits a person decided on: no later look would make them again, so each has a pull request of its own."""
_MARK = "<!-- headway: proposal {} -->"
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Branch(StrEnum):
    """What the branch holds that is proposed."""

    ABSENT = "absent"
    OURS = "ours"
    """Commits of Headway's alone, and not what is wanted now."""
    AS_WANTED = "as wanted"
    A_PERSONS = "a person's"
    """At least one commit that Headway did not make, or that somebody changed since."""


class Step(StrEnum):
    WRITE = "write"
    """Write the branch anew, and open or update the pull request."""
    OPEN = "open"
    """The branch is as it should be: open the pull request."""
    WAIT = "wait"
    MERGE = "merge"
    DECLINED = "declined"
    """A person closed the pull request that proposed the same: that is a no, until something else is to be proposed."""
    LEAVE = "leave"
    """It is a person's by now."""
    CLOSE = "close"
    """Nothing is left to propose: close the pull request, if there is one, and take the branch away."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Seen:
    branch: Branch
    is_open: bool
    """There is an open pull request from it."""
    declined: bool = False
    """A person closed one that proposed the same."""
    checks: Checks = Checks.NONE
    """Of the branch's commit."""


def due(seen: Seen, merge: Literal["by-people", "when-checks-pass"]) -> Step:
    """What is done about the pull request where there is something to propose."""
    if seen.declined and not seen.is_open:
        return Step.DECLINED
    if seen.branch is Branch.A_PERSONS:
        return Step.LEAVE
    if seen.branch is not Branch.AS_WANTED:
        return Step.WRITE
    if not seen.is_open:
        return Step.OPEN
    is_due = merge == "when-checks-pass" and seen.checks is Checks.PASSED
    return Step.MERGE if is_due else Step.WAIT


def due_without(branch: Branch) -> Step:
    """What is done about the pull request where nothing is to be proposed any more."""
    if branch is Branch.ABSENT:
        return Step.NOTHING
    return Step.LEAVE if branch is Branch.A_PERSONS else Step.CLOSE


def waits_for(merge: Literal["by-people", "when-checks-pass"], checks: Checks) -> str:
    """Whom a proposal waits for."""
    if merge == "by-people":
        return "waits to be merged"
    said = {
        Checks.NONE: "nothing has checked it yet",
        Checks.PENDING: "its checks are not through",
        Checks.FAILED: "its checks have failed",
    }
    return f"is not merged, {said[checks]}" if checks in said else "waits to be merged"


def branch_of(application: str, stage: str, edit: Edit) -> str:
    """Names of applications hold no dot."""
    if stage not in BY_A_PERSON:
        return f"{PREFIX}{application}"
    return f"{PREFIX}{application}.{stage}-{hashlib.sha256(edit.subject.encode()).hexdigest()[:10]}"


def mark_of(edit: Edit) -> str:
    """A line for the text of the pull request that people do not see: what was proposed, but for the run and the time.

    Of images their names: a person's no to one is not undone by what a registry says of it.
    """
    images = {IMAGE_TRAILER: ", ".join(each.reference for each in edit.images)} if edit.images else {}
    trailers = sorted(
        (key, value) for key, value in {**edit.trailers, **images}.items() if key != RUN_TRAILER
    )
    said = repr((edit.subject, edit.body, trailers, sorted(edit.files))).encode()
    return _MARK.format(hashlib.sha256(_TIME.sub(b"", said)).hexdigest()[:32])


def proposes_the_same(text: str, edit: Edit) -> bool:
    """Whether the text of a pull request says so."""
    return mark_of(edit) in (line.strip() for line in text.splitlines())


def is_same(
    edit: Edit, message: str, changed: Mapping[str, bytes | None], before: Mapping[str, bytes | None]
) -> bool:
    """Whether a commit holds this edit, but for the run that made it and times that stand in files and message.

    `changed`: files of the commit that differ from its parent; `before`: those of the edit as the parent has them.
    """
    wanted = {path: data for path, data in edit.files.items() if data != before.get(path)}
    return (
        _without_run(message) == _without_run(edit.message)
        and changed.keys() == wanted.keys()
        and all(_timeless(changed[path]) == _timeless(data) for path, data in wanted.items())
    )


def _timeless(data: bytes | None) -> bytes | None:
    return None if data is None else _TIME.sub(b"", data)


def _without_run(message: str) -> list[bytes | None]:
    return [
        _timeless(line.encode())
        for line in message.strip().splitlines()
        if not line.startswith(f"{RUN_TRAILER}: ")
    ]

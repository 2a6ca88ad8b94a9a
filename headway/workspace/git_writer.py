"""How an edit reaches a branch: the one place that writes git, in the application's repository and in services'.

Whoever decides on an edit says only what changes and why. Who made it, in which run and stage, and whether it is
committed or proposed first, is known here.
"""

from dataclasses import dataclass, field, replace
from typing import Protocol

from headway.clients import together
from headway.clients.git import GitRepository
from headway.model.edits import RUN_TRAILER, STAGE_TRAILER, Author, Edit

LOCAL = "local"
"""The run of what no flow does."""


@dataclass(frozen=True, slots=True)
class Committed:
    """The branch holds it, as this commit."""

    commit: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """It waits for somebody to merge it; until then nothing may build on it."""

    where: str
    """For people: what to open, or to merge."""
    changed: bool
    """This call made or updated the proposal; False where it waits already as it is."""
    how: str = "proposed, waits to be merged"
    """In a few words, for people."""
    declined: bool = False
    """A person has said no to it: it waits for nobody, and nothing waits for it."""


def told(answer: Committed | Proposed, committed: str) -> tuple[str, bool]:
    """What became of an edit, in a few words for people, and whether anything was written."""
    if isinstance(answer, Committed):
        return f"{committed} {answer.commit[:12]}", True
    return f"{answer.how}: {answer.where}", answer.changed


class GitWriter(Protocol):
    """Writes edits. A later look may submit the same edit again: that changes nothing."""

    def submit(self, edit: Edit, *, to: GitRepository, on: str, stage: str) -> Committed | Proposed:
        """`edit`, decided on commit `on` of the branch. Raises Conflict when the branch is no longer there (look and
        decide again), Refused when its rules forbid it, Unreachable; each time nothing was changed."""


@dataclass(frozen=True, slots=True)
class PushingWriter:
    """Pushes one commit, never by force."""

    run: str = LOCAL
    """What commits name as the run that made them."""
    author: Author = field(default_factory=Author)

    def submit(self, edit: Edit, *, to: GitRepository, on: str, stage: str) -> Committed:
        together.before_write(to.url)
        return Committed(to.commit(stamped(edit, stage=stage, run=self.run), on=on, author=self.author))


def stamped(edit: Edit, *, stage: str, run: str) -> Edit:
    """The edit, with the trailers that mark it as Headway's own."""
    return replace(edit, trailers={STAGE_TRAILER: stage, RUN_TRAILER: run, **edit.trailers})

"""What Headway asks of a forge about one repository. Whatever is done twice is there once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from headway.clients.forge.file_changes import FileChange
from headway.model.checks import Checks, CommitStatus
from headway.model.edits import Author

LISTED = 50
"""Pull requests that are asked for at once."""


@dataclass(frozen=True, slots=True)
class PullRequest:
    number: int
    url: str
    """For people."""
    title: str
    text: str
    head: str
    """The branch that is proposed."""
    head_commit: str
    base: str
    state: Literal["open", "merged", "closed"]


class Forge(Protocol):
    """Each raises Unreachable for no answer, 429 and 5xx; BadInput for a repository that is not there, a token that is none, or
    an answer that no forge gives; Refused for what its rules or the token's rights forbid; Conflict where somebody was first.
    """

    def proposal(self, head: str, base: str) -> PullRequest | None:
        """The one that is open from that branch of the repository itself; never one of a fork, whose branch anybody names."""

    def closed(self, head: str, base: str) -> Sequence[PullRequest]:
        """The last ones from that branch of the repository itself that were closed without being merged, the newest first."""

    def open_to(self, base: str) -> Sequence[PullRequest]:
        """Those that are open to that branch, from branches of the repository itself alone; of the newest LISTED. One request."""

    def propose(self, head: str, base: str, title: str, text: str) -> tuple[PullRequest, bool]:
        """The open one with this title and text: made, changed, or found so; and whether anything was written."""

    def pull_request(self, number: int) -> PullRequest:
        """As it is now."""

    def merge(self, number: int, *, at: str, subject: str, text: str = "") -> None:
        """By a merge commit. Raises Conflict where its branch holds another commit than `at`, and where it does not merge, or the
        forge has not looked yet, of which it says the same; Refused where it may not be merged.
        """

    def close(self, number: int) -> None:
        """Without merging it; nothing where it is closed already. Raises Refused where it was merged."""

    def checks(self, commit: str) -> Checks: ...

    def set_status(self, commit: str, status: CommitStatus) -> None:
        """Nothing where the newest of its name is the same."""

    def update_files(
        self, branch: str, changes: Sequence[FileChange], message: str, author: Author, *, on: str
    ) -> str:
        """One commit to the branch, by the host's API for contents or commits: no clone is needed. Its SHA; `on` where nothing is
        to change.

        `on`: the commit that the branch held when that was decided. Raises Conflict, with nothing written, where one of the files
        is not what it takes the place of any more. Where another one has changed meanwhile, some hosts commit on top of that:
        whoever must know looks at the parent of the commit. The author's key is not used: a host signs by its own, or not.
        """

    def comment(self, number: int, mark: str, text: str) -> bool:
        """The comment of ours that bears `mark`, which people do not see: made, or changed; whether anything was written."""

    def comment_commit(self, commit: str, mark: str, text: str) -> bool:
        """The same on a commit. Raises UnsupportedHere where the host's API has no comments on commits."""

"""Nouns of git: what is written, in one commit."""

from collections.abc import Mapping
from dataclasses import dataclass, field

STAGE_TRAILER = "Headway-Stage"
"""Marks a commit as Headway's own, and says which stage made it."""
RUN_TRAILER = "Headway-Run"
IMAGE_TRAILER = "Headway-Image"


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes commits."""

    name: str = "Headway"
    email: str = "headway@localhost"
    signing_key: str = field(default="", repr=False)
    """A private key as ssh-keygen writes it; empty: commits are not signed."""

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True, slots=True)
class Edit:
    """New content of files, as one commit. None deletes a file; an empty `files` means nothing to do."""

    files: Mapping[str, bytes | None]
    subject: str
    body: str = ""
    trailers: Mapping[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        parts = [
            self.subject,
            self.body,
            "\n".join(f"{key}: {value}" for key, value in self.trailers.items()),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    parents: tuple[str, ...]
    author: str
    time: int
    """Committer time, seconds since the epoch."""
    message: str

    @property
    def trailers(self) -> dict[str, str]:
        """`Key: value` lines of the message's last paragraph (git-interpret-trailers)."""
        last = self.message.strip().split("\n\n")[-1]
        pairs = (line.partition(": ") for line in last.splitlines())
        return {key: value for key, separator, value in pairs if separator and " " not in key}

    @property
    def is_own(self) -> bool:
        """Whether Headway made it."""
        return STAGE_TRAILER in self.trailers


@dataclass(frozen=True, slots=True)
class CommitChanges:
    """A commit and the paths in which it differs from each of its parents, in their order; of a first commit, all paths."""

    commit: Commit
    by_parent: tuple[frozenset[str], ...]

"""Nouns of git: what is written, in one commit."""

from collections.abc import Mapping
from dataclasses import dataclass, field

STAGE_TRAILER = "Headway-Stage"
"""Marks a commit as Headway's own, and says which stage made it."""
RUN_TRAILER = "Headway-Run"
IMAGE_TRAILER = "Headway-Image"
"""One line an image; the trailers after it say more of it, each behind the image as this names it."""
DIGEST_TRAILER = "Headway-Digest"
COMMIT_TRAILER = "Headway-Source-Commit"
BUILD_TRAILER = "Headway-Build"


@dataclass(frozen=True, slots=True)
class TakenUp:
    """An image that comes in with a commit; what is not known of it is empty. Each is one word."""

    reference: str
    """<repository>:<tag>, with @sha256:<hex> behind it where that is chosen too."""
    digest: str = ""
    """sha256:<hex>"""
    commit: str = ""
    """SHA of the source, as tag or label have it."""
    build: str = ""
    """Number or address of the CI's build, as its label says."""

    @property
    def trailers(self) -> tuple[tuple[str, str], ...]:
        said = ((DIGEST_TRAILER, self.digest), (COMMIT_TRAILER, self.commit), (BUILD_TRAILER, self.build))
        return (
            (IMAGE_TRAILER, self.reference),
            *((key, f"{self.reference} {value}") for key, value in said if value),
        )


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
    images: tuple[TakenUp, ...] = ()

    @property
    def all_trailers(self) -> tuple[tuple[str, str], ...]:
        """Those of the images come last."""
        return (*self.trailers.items(), *(said for image in self.images for said in image.trailers))

    @property
    def message(self) -> str:
        parts = [
            self.subject,
            self.body,
            "\n".join(f"{key}: {value}" for key, value in self.all_trailers),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"


_OF_AN_IMAGE = {DIGEST_TRAILER: "digest", COMMIT_TRAILER: "commit", BUILD_TRAILER: "build"}


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
        """By key; of several the last."""
        return dict(self._all_trailers)

    @property
    def images(self) -> tuple[TakenUp, ...]:
        """That it took up, each once."""
        said: dict[str, dict[str, str]] = {}
        for key, value in self._all_trailers:
            if key == IMAGE_TRAILER:
                # Commits of before name all in one line.
                for reference in value.split(", "):
                    said.setdefault(reference, {})
            reference, _, rest = value.partition(" ")
            if key in _OF_AN_IMAGE and reference in said:
                said[reference][_OF_AN_IMAGE[key]] = rest
        return tuple(TakenUp(reference, **more) for reference, more in said.items())

    @property
    def _all_trailers(self) -> list[tuple[str, str]]:
        """`Key: value` lines of the message's last paragraph (git-interpret-trailers)."""
        last = self.message.strip().split("\n\n")[-1]
        pairs = (line.partition(": ") for line in last.splitlines())
        return [(key, value) for key, separator, value in pairs if separator and " " not in key]

    @property
    def is_own(self) -> bool:
        """Whether Headway made it."""
        return STAGE_TRAILER in self.trailers


@dataclass(frozen=True, slots=True)
class CommitChanges:
    """A commit and the paths in which it differs from each of its parents, in their order; of a first commit, all paths."""

    commit: Commit
    by_parent: tuple[frozenset[str], ...]

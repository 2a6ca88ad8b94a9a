"""Files as a git host's API writes them: each in the place of what was seen there."""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FileChange:
    path: str
    content: bytes | None = field(repr=False)
    """None takes the file away."""
    over: str = ""
    """What git calls the content that it takes the place of (the blob's SHA); empty for a file that is not there yet."""

    @property
    def encoded(self) -> str:
        return base64.b64encode(self.content or b"").decode()

    @property
    def changes_something(self) -> bool:
        return self.over != ("" if self.content is None else blob_name(self.content))


def blob_name(content: bytes) -> str:
    """Its SHA-1 as git has it: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects"""
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).hexdigest()


def wanted(changes: Iterable[FileChange]) -> list[FileChange]:
    """Those that change something."""
    return [each for each in changes if each.changes_something]

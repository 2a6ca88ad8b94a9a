"""Files as a git host's API writes them: each in the place of what was seen there."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field

from headway.formats.git_object import blob_name


@dataclass(frozen=True, slots=True)
class FileChange:
    path: str
    content: bytes | None = field(repr=False)
    """None takes the file away."""
    over: str = ""
    """What git calls the content that it takes the place of (the blob's SHA); empty for a file that is not there yet."""
    is_executable: bool = False
    """It stays so: a host that is told of whole entries would take that away."""

    @property
    def encoded(self) -> str:
        return base64.b64encode(self.content or b"").decode()

    @property
    def changes_something(self) -> bool:
        return self.over != ("" if self.content is None else blob_name(self.content))


def wanted(changes: Iterable[FileChange]) -> list[FileChange]:
    """Those that change something."""
    return [each for each in changes if each.changes_something]

"""What is said of a commit, by those who check it and by us."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

State = Literal["pending", "success", "failure"]


class Checks(StrEnum):
    """What those who check a commit have said of it, all together."""

    NONE = "none"
    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CommitStatus:
    """`name`: whose it is; the newest of a name counts. `url`: where one reads more."""

    name: str
    state: State
    description: str = ""
    url: str = ""

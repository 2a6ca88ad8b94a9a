"""What those who check a commit have said of it."""

from enum import StrEnum


class Checks(StrEnum):
    """All together."""

    NONE = "none"
    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"

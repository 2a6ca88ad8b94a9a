"""Regular expressions of a committer, matched against tags that others push: by RE2, in time that grows with the tag alone."""

from functools import lru_cache
from typing import TYPE_CHECKING

from headway.errors import BadInput

if TYPE_CHECKING:
    import re2

LENGTH_LIMIT = 512
MEMORY_LIMIT = 2**17
"""Bytes that one compiled expression may take."""


class TagPattern:
    """`compiled` makes one."""

    def __init__(self, pattern: "re2._Regexp") -> None:
        self._pattern = pattern

    def read(self, tag: str) -> str | None:
        """What the first group holds, the whole tag where there is no group; None for a tag that does not match as a whole, or
        whose first group took no part."""
        found = self._pattern.fullmatch(tag) if tag.isascii() else None
        if found is None:
            return None
        held: str | None = found[1] if self._pattern.groups else found[0]
        return held


@lru_cache(maxsize=256)
def compiled(pattern: str) -> TagPattern:
    """Raises BadInput for what is no regular expression of RE2, which has no look-around and no back references.

    https://github.com/google/re2/wiki/Syntax
    """
    if len(pattern) > LENGTH_LIMIT or not pattern.isascii():
        raise BadInput(
            f"{pattern[:80]!r} is longer than {LENGTH_LIMIT} characters, or not all of them can stand in a tag"
        )
    import re2  # few write one, and a start without it is quicker

    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY_LIMIT
    try:
        return TagPattern(re2.compile(pattern, options))
    except re2.error as error:
        why = error.args[0].decode() if error.args else "it cannot be read"
        raise BadInput(f"{pattern[:80]!r} is no regular expression (RE2): {why}") from error

"""Regular expressions of a committer, matched against tags that others push: by RE2, in time that grows with the tag alone."""

from functools import lru_cache
from typing import TYPE_CHECKING

from headway.errors import BadInput

if TYPE_CHECKING:
    import re2

LENGTH_LIMIT = 512
MEMORY_LIMIT = 2**17
"""Bytes that one compiled expression may take."""
SIZE_LIMIT = 1000
"""Steps of one compiled expression, each of which may be tried at each letter of a tag."""
IMAGE_LIMIT = 10_000_000
"""Steps for all tags of one image: seconds, for the worst expression that there is."""


class TagPattern:
    """`compiled` makes one."""

    def __init__(self, pattern: "re2._Regexp") -> None:
        self._pattern = pattern

    @property
    def size(self) -> int:
        """Steps that it may take at each letter."""
        return int(self._pattern.programsize)

    def read(self, tag: str) -> str | None:
        """What the first group holds, the whole tag where there is no group; None for a tag that does not match as a whole, or
        whose first group took no part."""
        found = self._pattern.fullmatch(tag.encode()) if tag.isascii() else None
        if found is None:
            return None
        held: bytes | None = found[1] if self._pattern.groups else found[0]
        return None if held is None else held.decode()


@lru_cache(maxsize=256)
def compiled(pattern: str) -> TagPattern:
    """Raises BadInput for what is no regular expression of RE2, which has no look-around and no back references, and for one
    of more than SIZE_LIMIT steps: counts in counts make thousands.

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
    # Tags are ASCII: a step a letter, where UTF-8 takes several.
    options.encoding = re2.Options.Encoding.LATIN1
    try:
        read = TagPattern(re2.compile(pattern.encode(), options))
    except re2.error as error:
        why = error.args[0].decode() if error.args else "it cannot be read"
        raise BadInput(f"{pattern[:80]!r} is no regular expression (RE2): {why}") from error
    if read.size > SIZE_LIMIT:
        raise BadInput(
            f"{pattern[:80]!r} takes {read.size} steps at each letter of a tag, and {SIZE_LIMIT} are the limit; "
            "write + or * in the place of counts"
        )
    return read


def check_image(pattern: str, tags: int, where: str) -> None:
    """Raises BadInput where an image has too many `tags` to be read by this expression at one look."""
    size = compiled(pattern).size
    if size * tags > IMAGE_LIMIT:
        raise BadInput(
            f"there are {tags} tags, and {pattern[:80]!r} takes {size} steps at each letter: "
            f"more than {IMAGE_LIMIT} for one image",
            where=where,
            next_step="Write + or * in the place of counts, or delete tags that nobody needs.",
        )

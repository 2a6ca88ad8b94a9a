"""Regular expressions of a committer, matched against tags that others push: none of them may make a look take long.

A part of the usual syntax: groups are not repeated, and little else is, so that a match takes time that is bounded by the
length of a tag (128 characters) whatever both of them say.
"""

import re
from functools import lru_cache

from headway.errors import BadInput

LENGTH_LIMIT = 512
REPEATS_LIMIT = 3
"""Of `*`, `+` and `{2,}` together: each one more is a factor of the tag's length."""
CHOICES_LIMIT = 4
"""Of `?` and `|` together: each one more doubles it; with one repeat less there may be seven more."""
_CHOICES_OF_A_REPEAT = 7
_OPENING = re.compile(r"\((?:\?:|\?P<[A-Za-z_][A-Za-z0-9_]*>)?(?!\?)")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|([-&~|])(?!\1)|[^\[\]\\&~|-])*\]")
_ESCAPED = re.compile(r"\\(?:[dDwW]|[^A-Za-z0-9])")
_REPEAT = re.compile(r"[*+?]|\{[0-9]{1,3}(?:,[0-9]{0,3})?\}")


class TagPattern:
    """`compiled` makes one."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    def read(self, tag: str) -> str | None:
        """What the first group holds, the whole tag where there is no group; None for a tag that does not match as a whole, or
        whose first group took no part."""
        found = self._pattern.fullmatch(tag)
        if found is None:
            return None
        held: str | None = found[1] if self._pattern.groups else found[0]
        return held


@lru_cache(maxsize=256)
def compiled(pattern: str) -> TagPattern:
    """Raises BadInput for what is no regular expression, and for one that could take long."""
    if len(pattern) > LENGTH_LIMIT:
        raise BadInput(f"the regular expression is longer than {LENGTH_LIMIT} characters")
    _check(pattern)
    try:
        return TagPattern(re.compile(pattern, re.ASCII))
    except (re.error, OverflowError) as error:
        raise _refused(pattern, f"{error}") from error


def _check(pattern: str) -> None:
    at, repeats, choices, last = 0, 0, 0, ""
    while at < len(pattern):
        kind, end = _next(pattern, at)
        if kind == "repeat":
            written = pattern[at:end]
            if last == "repeat":
                raise _refused(pattern, f"{written} repeats what is repeated already")
            if written == "?":
                choices += 1
            elif last == "group":
                raise _refused(
                    pattern, f"{written} repeats a group, which could take for ever; repeat single characters"
                )
            elif not re.fullmatch(r"\{[0-9]+\}", written):
                repeats += 1
        choices += kind == "or"
        at, last = end, kind
    if repeats > REPEATS_LIMIT:
        why = f"it has more than {REPEATS_LIMIT} of *, + and {{1,}}; write {{8}} where a length is known"
        raise _refused(pattern, why)
    if choices > CHOICES_LIMIT + _CHOICES_OF_A_REPEAT * (REPEATS_LIMIT - repeats):
        raise _refused(pattern, "it has too many of ? and |")


def _next(pattern: str, at: int) -> tuple[str, int]:
    """What stands there, and where the next thing begins."""
    match pattern[at]:
        case "(":
            if not (found := _OPENING.match(pattern, at)):
                raise _refused(pattern, "of groups there are ( ), (?: ) and (?P<name> )")
            return "open", found.end()
        case ")":
            return "group", at + 1
        case "|":
            return "or", at + 1
        case "\\":
            if not (found := _ESCAPED.match(pattern, at)):
                raise _refused(
                    pattern, f"{pattern[at : at + 2]} is not known here; \\d, \\w and escaped signs are"
                )
            return "character", found.end()
        case "[":
            if not (found := _CLASS.match(pattern, at)):
                raise _refused(pattern, "a [ is not closed, or holds what is written with \\ there")
            return "character", found.end()
        case "*" | "+" | "?" | "{":
            if not (found := _REPEAT.match(pattern, at)):
                raise _refused(pattern, "a { that repeats nothing is written \\{")
            return "repeat", found.end()
        case "^" | "$":
            return "anchor", at + 1
        case _:
            return "character", at + 1


def _refused(pattern: str, why: str) -> BadInput:
    return BadInput(f"{pattern[:80]!r} is no regular expression for tags: {why}")

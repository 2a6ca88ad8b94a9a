"""Calendar versions: tags such as 2026.04.1, by a format of the parts that calver.org names."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from headway.errors import BadInput

LENGTH_LIMIT = 64
_CENTURY = 2000
_PARTS = {
    "YYYY": "[1-9][0-9]{3}",
    "0Y": "[0-9]{2,3}",
    "YY": "0|[1-9][0-9]{0,2}",
    "0M": "[0-9]{2}",
    "MM": "[1-9][0-9]?",
    "0W": "[0-9]{2}",
    "WW": "[1-9][0-9]?",
    "0D": "[0-9]{2}",
    "DD": "[1-9][0-9]?",
    "MAJOR": "0|[1-9][0-9]{0,17}",
    "MINOR": "0|[1-9][0-9]{0,17}",
    "MICRO": "0|[1-9][0-9]{0,17}",
}
"""Each with what it takes; the padded ones have a length of their own."""
_BY_SIZE = "YMWD"
_LIMITS = {"M": 12, "W": 53, "D": 31}
_FIXED = ("YYYY", "0M", "0W", "0D")
_TOKEN = re.compile("|".join(_PARTS) + r"|[A-Z]+|[^A-Z]")


@dataclass(frozen=True, slots=True)
class CalendarFormat:
    """`parsed` makes one."""

    written: str
    parts: tuple[str, ...]
    places: tuple[int, ...]
    """Of `parts`, the most significant first."""
    pattern: re.Pattern[str]

    def read(self, version: str) -> tuple[int, ...] | None:
        """Its numbers, the first one most significant, whatever the order of writing: MAJOR where it stands before the date,
        year, month, week, day, then the others as they are written.

        None for what is not of this format, or names no day that there is.
        """
        found = self.pattern.fullmatch(version)
        if not found:
            return None
        numbers = tuple(map(int, found.groups()))
        named = zip(self.parts, numbers, strict=True)
        known = {part.lstrip("0")[0]: number for part, number in named if part in _CALENDAR}
        if any(not 1 <= known.get(each, 1) <= limit for each, limit in _LIMITS.items()):
            return None
        return tuple(numbers[at] for at in self.places) if _is_a_day(known) else None


_CALENDAR = frozenset(each for each in _PARTS if not each.startswith(("MAJOR", "MINOR", "MICRO")))


def _is_a_day(known: dict[str, int]) -> bool:
    if not {"Y", "M", "D"} <= known.keys():
        return True
    year = known["Y"] if known["Y"] >= 1000 else _CENTURY + known["Y"]
    try:
        date(year, known["M"], known["D"])
    except ValueError:
        return False
    return True


@lru_cache(maxsize=256)
def parsed(written: str) -> CalendarFormat:
    """Raises BadInput for parts that there are not, and for two of which nobody could tell where the first one ends."""
    if len(written) > LENGTH_LIMIT:
        raise BadInput(f"the format is longer than {LENGTH_LIMIT} characters")
    parts: list[str] = []
    pattern, before = "", ""
    for token in _tokens(written):
        if token not in _PARTS:
            pattern, before = pattern + re.escape(token), ""
            continue
        if token in parts:
            raise _refused(written, f"{token} stands twice")
        if before and before not in _FIXED:
            why = f"nobody can tell where {before} ends and {token} begins; write a sign between them, or the padded part"
            raise _refused(written, why)
        parts.append(token)
        pattern, before = f"{pattern}({_PARTS[token]})", token
    if not parts:
        raise _refused(written, f"it names no part; there are {', '.join(_PARTS)}")
    return CalendarFormat(written, tuple(parts), _by_weight(parts), re.compile(pattern))


def _by_weight(parts: Sequence[str]) -> tuple[int, ...]:
    first_of_date = next((at for at, part in enumerate(parts) if part in _CALENDAR), 0)

    def weight(at: int) -> int:
        if parts[at] in _CALENDAR:
            return _BY_SIZE.index(parts[at].lstrip("0")[0])
        return -1 if parts[at] == "MAJOR" and at < first_of_date else len(_BY_SIZE)

    return tuple(sorted(range(len(parts)), key=weight))


def _tokens(written: str) -> Iterator[str]:
    for token in _TOKEN.findall(written):
        if token not in _PARTS and token.isupper():
            raise _refused(
                written, f"{token} is no part of it; there are {', '.join(_PARTS)}, and small letters"
            )
        yield token


def _refused(written: str, why: str) -> BadInput:
    return BadInput(f"{written[:80]!r} is no format of calendar versions: {why}")

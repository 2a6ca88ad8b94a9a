"""Constraints on versions as Helm reads them: the rules of Masterminds/semver, which differ from npm's.

Groups are separated by `||`, the bounds of a group by blanks or commas; all of them must hold. A pre-release is admitted only
by a group in which some bound names a pre-release, whatever numbers that one has.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from headway.errors import BadInput
from headway.formats import semver
from headway.formats.semver import Version

LENGTH_LIMIT = 512
GROUPS_LIMIT = 32
_WILD = frozenset("xX*")
_PART = r"[0-9xX*|]+"
"""What stands behind a wildcard is not looked at (`1.x.1x`), so that anything of these characters may."""
_LABEL = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_SPACE = r"[ \t\n\f\r]"
_WRITTEN = rf"v?{_PART}(?:\.{_PART})?(?:\.{_PART})?(?:-{_LABEL})?(?:\+{_LABEL})?"
_HYPHEN = re.compile(rf"{_SPACE}*({_WRITTEN}){_SPACE}+-{_SPACE}+({_WRITTEN}){_SPACE}*")
_BOUND = re.compile(
    rf"(?P<operator>!=|>=|=>|<=|=<|~>|[=<>~^])?{_SPACE}*"
    rf"(?P<limit>v?(?P<numbers>{_PART}(?:\.{_PART})?(?:\.{_PART})?)(?P<pre>-{_LABEL})?(?:\+{_LABEL})?)"
)
_SEPARATOR = re.compile(rf"{_SPACE}*,{_SPACE}*|{_SPACE}+")
_SAME = {"=>": ">=", "=<": "<=", "~>": "~"}


@dataclass(frozen=True, slots=True)
class _Bound:
    operator: str
    limit: Version
    given: int
    """How many numbers the limit gives; the others are 0."""

    def admits(self, version: Version) -> bool:
        match self.operator:
            case "<":
                return version.precedence < self.limit.precedence
            case ">":
                return self._is_below(version)
            case ">=":
                return version.precedence >= self.limit.precedence
            case "<=":
                return self._reaches_to(version)
            case "!=":
                return not self._names(version)
            case "^":
                return version.precedence >= self.limit.precedence and self._same(version, self._fixed)
            case "=" if self.given == 3:
                return version.precedence == self.limit.precedence
            case _:
                return version.precedence >= self.limit.precedence and self._same(version, self._kept)

    def _same(self, version: Version, count: int) -> bool:
        """In the first numbers."""
        return version.numbers[:count] == self.limit.numbers[:count]

    def _is_below(self, version: Version) -> bool:
        """`>1.2` begins above all of 1.2."""
        if self.given in (1, 2):
            return version.numbers[: self.given] > self.limit.numbers[: self.given]
        return version.precedence > self.limit.precedence

    def _reaches_to(self, version: Version) -> bool:
        """`<=1.2` holds all of 1.2."""
        if self.given == 3:
            return version.precedence <= self.limit.precedence
        count = 1 if self.given == 1 else 2
        return version.numbers[:count] <= self.limit.numbers[:count]

    def _names(self, version: Version) -> bool:
        if self.given in (1, 2) and not self._same(version, self.given):
            return False
        if self.given == 1:
            return True
        if self.given == 2:
            return version.pre_release == self.limit.pre_release
        return version.precedence == self.limit.precedence

    @property
    def _kept(self) -> int:
        """`~1` keeps the major, `~1.2` and `~1.2.3` the minor as well; `~0.0.0` and `*` keep nothing."""
        if self.limit.numbers == (0, 0, 0) and self.given in (0, 3):
            return 0
        return 1 if self.given == 1 else 2

    @property
    def _fixed(self) -> int:
        """`^` keeps all up to the first number that is not 0."""
        first = next((at for at, each in enumerate(self.limit.numbers, start=1) if each), 3)
        return min(first, self.given or 3)


def admits(constraint: str, version: Version) -> bool:
    """Raises BadInput for a constraint that Helm would not read either."""
    return any(
        all(bound.admits(version) for bound in group)
        for group in _groups(constraint)
        if not version.pre_release or any(bound.limit.pre_release for bound in group)
    )


@lru_cache(maxsize=1024)
def _groups(constraint: str) -> tuple[tuple[_Bound, ...], ...]:
    if len(constraint) > LENGTH_LIMIT:
        raise _unreadable(f"{constraint[:60]}...")
    groups = _HYPHEN.sub(r">= \1, <= \2 ", constraint).split("||")
    if len(groups) > GROUPS_LIMIT:
        raise _unreadable(constraint)
    return tuple(_group(each, constraint) for each in groups)


def _group(text: str, constraint: str) -> tuple[_Bound, ...]:
    text, at, bounds = text.strip(" \t\n\f\r"), 0, []
    while True:
        if not (found := _BOUND.match(text, at)):
            raise _unreadable(constraint)
        bounds.append(_bound(found, constraint))
        at = found.end()
        if at == len(text):
            return tuple(bounds)
        if not (separator := _SEPARATOR.match(text, at)):
            raise _unreadable(constraint)
        at = separator.end()


def _bound(found: re.Match[str], constraint: str) -> _Bound:
    written = found["numbers"].split(".")
    given = next((at for at, each in enumerate(written) if each in _WILD), len(written))
    padded = ".".join([*written[:given], "0", "0", "0"][:3]) + (found["pre"] or "")
    limit = semver.coerce(found["limit"] if given == 3 else padded)
    if limit is None:
        raise _unreadable(constraint)
    operator = found["operator"] or "="
    return _Bound(_SAME.get(operator, operator), limit, given)


def _unreadable(constraint: str) -> BadInput:
    return BadInput(
        f"{constraint!r} is not a version constraint", next_step='Write one such as ">=1 <2" or "^1.2".'
    )

"""Semantic versions, and which of two has precedence (semver.org), within the limits that Helm sets."""

import re
from dataclasses import dataclass
from functools import lru_cache

LENGTH_LIMIT = 256
NUMBER_LIMIT = 2**64
"""Helm holds a number in 64 bits, and takes no longer text."""
_IDENTIFIER = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = re.compile(
    r"v?(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    rf"(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)

_LABELS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_LOOSE = re.compile(rf"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-({_LABELS}))?(?:\+{_LABELS})?")
_PADDED = re.compile(r"(?:\A|\.)0[0-9]+(?:\.|\Z)")


@dataclass(frozen=True, slots=True)
class Version:
    """Without its build metadata, which has no precedence."""

    numbers: tuple[int, int, int]
    pre_release: str = ""

    @property
    def precedence(self) -> tuple[object, ...]:
        """Sort key (semver.org, 11)."""
        return (*self.numbers, not self.pre_release, _pre_release_order(self.pre_release))


def _pre_release_order(text: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers below words, numbers as numbers, and fewer identifiers below more."""
    identifiers = text.split(".") if text else []
    return tuple((0, int(each), "") if each.isdigit() else (1, 0, each) for each in identifiers)


@lru_cache(maxsize=65536)
def parse(version: str) -> Version | None:
    """The semantic version, a leading `v` ignored; None for anything else, which is never compared."""
    match = _VERSION.fullmatch(version) if len(version) <= LENGTH_LIMIT else None
    return _version(match) if match else None


def coerce(version: str) -> Version | None:
    """What Helm makes of a text that need not be strict (Masterminds/semver, NewVersion): `1.2` is 1.2.0, `01.2.3` is 1.2.3."""
    match = _LOOSE.fullmatch(version) if len(version) <= LENGTH_LIMIT else None
    return None if match is None or _PADDED.search(match[4] or "") else _version(match)


def _version(match: re.Match[str]) -> Version | None:
    major, minor, patch = (int(match[at] or 0) for at in (1, 2, 3))
    return (
        None if max(major, minor, patch) >= NUMBER_LIMIT else Version((major, minor, patch), match[4] or "")
    )

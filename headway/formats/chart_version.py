"""Which chart version is newer, allowed, and next: semantic versions and constraints as Helm reads them."""

import re
from collections.abc import Iterable
from functools import lru_cache

from semantic_version import NpmSpec, Version

from headway.errors import BadInput

_SPACE_AFTER_OPERATOR = re.compile(r"([<>=!~^])\s+(?=[\dvxX*])")


@lru_cache(maxsize=65536)
def parse(version: str) -> Version | None:
    """The semantic version, a leading `v` ignored; None for anything else, which is never compared."""
    try:
        return Version(version.removeprefix("v"))
    except ValueError:
        return None


def precedence(version: str) -> tuple[object, ...]:
    """Sort key; what is no semantic version sorts below everything."""
    parsed = parse(version)
    return (0,) if parsed is None else (1, *parsed.precedence_key)


def is_above(version: str, other: str) -> bool:
    """Whether `version` has a higher precedence (semver.org, 11); build metadata does not count."""
    left, right = parse(version), parse(other)
    return left is not None and (right is None or _below(right, left))


def is_above_all(version: str, others: Iterable[str]) -> bool:
    return all(is_above(version, other) for other in others)


def allows(constraint: str | None, version: str) -> bool:
    """Whether a constraint such as ">=1 <2", "^1.2 || ~3.1", "1.x, !=1.4.2" admits a version; None admits
    all.

    A pre-release is admitted only where the constraint itself names one of the same major.minor.patch.
    Raises BadInput for a constraint that cannot be read.
    """
    parsed = parse(version)
    if parsed is None:
        return False
    return any(
        spec.match(parsed) and not any(other.match(parsed) for other in excluded)
        for spec, excluded in _groups(constraint or "")
    )


def newest(versions: Iterable[str], constraint: str | None = None) -> str | None:
    """The newest allowed version as it was written, or None."""
    return max((each for each in versions if allows(constraint, each)), key=precedence, default=None)


def next_patch(version: str, seen: Iterable[str]) -> str:
    """The patch above `version` and above every version ever seen; raises BadInput for a malformed
    `version`.
    """
    top = parse(version)
    if top is None:
        raise BadInput(f"{version!r} is not a semantic version", next_step="Write one such as 1.2.3.")
    for other in map(parse, seen):
        if other is not None and _below(top, other):
            top = other
    return str(top.next_patch())


def check_constraint(constraint: str) -> None:
    """Raises BadInput where `allows` would."""
    _groups(constraint)


def _below(left: Version, right: Version) -> bool:
    return bool(left.truncate("prerelease") < right.truncate("prerelease"))


@lru_cache(maxsize=1024)
def _groups(constraint: str) -> tuple[tuple[NpmSpec, tuple[NpmSpec, ...]], ...]:
    try:
        return tuple(_group(group) for group in constraint.split("||"))
    except ValueError as error:
        raise BadInput(
            f"{constraint!r} is not a version constraint", next_step='Write one such as ">=1 <2" or "^1.2".'
        ) from error


def _group(group: str) -> tuple[NpmSpec, tuple[NpmSpec, ...]]:
    if " - " in group:
        return NpmSpec(" - ".join(part.strip() for part in group.split(" - "))), ()
    blocks = _SPACE_AFTER_OPERATOR.sub(r"\1", group.replace(",", " ")).split()
    excluded = tuple(NpmSpec(block[2:]) for block in blocks if block.startswith("!="))
    return NpmSpec(" ".join(block for block in blocks if not block.startswith("!=")) or "*"), excluded

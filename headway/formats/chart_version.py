"""Which chart version is newer, allowed, and next: semantic versions as Helm reads them."""

from collections.abc import Iterable

from headway.errors import BadInput
from headway.formats import chart_constraint
from headway.formats.semver import parse

__all__ = [
    "allows",
    "check_constraint",
    "is_above",
    "is_above_all",
    "newest",
    "next_patch",
    "parse",
    "precedence",
]


def precedence(version: str) -> tuple[object, ...]:
    """Sort key; what is no semantic version sorts below everything."""
    parsed = parse(version)
    return (0,) if parsed is None else (1, *parsed.precedence)


def is_above(version: str, other: str) -> bool:
    """Whether `version` has a higher precedence (semver.org, 11); build metadata does not count."""
    return parse(version) is not None and precedence(version) > precedence(other)


def is_above_all(version: str, others: Iterable[str]) -> bool:
    return all(is_above(version, other) for other in others)


def allows(constraint: str | None, version: str) -> bool:
    """Whether a constraint such as ">=1 <2", "^1.2 || ~3.1", "1.x, !=1.4.2" admits a version; None and an empty one admit
    all but pre-releases.

    Raises BadInput for a constraint that cannot be read.
    """
    parsed = parse(version)
    return parsed is not None and chart_constraint.admits(constraint or "*", parsed)


def newest(versions: Iterable[str], constraint: str | None = None) -> str | None:
    """The newest allowed version as it was written, or None."""
    return max((each for each in versions if allows(constraint, each)), key=precedence, default=None)


def next_patch(version: str, seen: Iterable[str]) -> str:
    """The patch above `version` and above every version ever seen; raises BadInput for a malformed
    `version`, and where there is none above.
    """
    top = parse(version)
    if top is None:
        raise BadInput(f"{version!r} is not a semantic version", next_step="Write one such as 1.2.3.")
    top = max([top, *filter(None, map(parse, seen))], key=lambda each: each.precedence)
    major, minor, patch = top.numbers
    raised = f"{major}.{minor}.{patch if top.pre_release else patch + 1}"
    if parse(raised) is None:
        raise BadInput(
            f"above {major}.{minor}.{patch} there is no patch that Helm would read",
            next_step="Raise the minor version in Chart.yaml.",
        )
    return raised


def check_constraint(constraint: str) -> None:
    """Raises BadInput where `allows` would."""
    allows(constraint, "0.0.0")

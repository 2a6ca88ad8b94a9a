"""Whether a chart whose content is not offered yet is published under the version it bears, under a higher one, or not."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from headway.formats import chart_version


class Kind(Enum):
    PUBLISH = "publish"
    RAISE = "raise"
    """The version must be a higher one."""
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Publication:
    """`why` is a part of a sentence for people; empty where the chart is simply published."""

    kind: Kind
    why: str = ""


def due(
    version: str,
    *,
    seen: Collection[str],
    quarantined: Collection[str],
    same_content: bool,
    withdrawn: bool,
) -> Publication:
    """Decides on the chart's `version`.

    `seen` are all versions that exist or existed, `barred` those under quarantine. `same_content`: a package with this very
    content lies under this version without being offered; `withdrawn`: because it was taken back. Else its publication was
    cut off, and is finished.
    """
    if same_content and (withdrawn or version in quarantined):
        after = "it was withdrawn after a failed release" if withdrawn else "it is under quarantine"
        return Publication(Kind.LEAVE, f"{after}; change the chart to try again")
    if version in quarantined:
        return Publication(Kind.RAISE, f"version {version} is under quarantine")
    if version in seen and not same_content:
        return Publication(Kind.RAISE, f"version {version} exists with other content")
    above = [each for each in {*seen, *quarantined} - {version} if not chart_version.is_above(version, each)]
    if above:
        top = max(above, key=chart_version.precedence)
        return Publication(Kind.RAISE, f"version {version} is not above {top}, and would never be chosen")
    return Publication(Kind.PUBLISH)

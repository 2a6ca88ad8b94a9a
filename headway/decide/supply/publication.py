"""Whether a chart whose content is not offered yet is published under the version it bears, under a higher one, or not."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum

from headway.formats import chart_version
from headway.model.charts import ChartEntry


class Kind(Enum):
    PRESENT = "present"
    """This very content is offered under this version."""
    PUBLISH = "publish"
    RAISE = "raise"
    """The version must be a higher one."""
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Publication:
    """`why` is a part of a sentence for people; empty where the chart is simply published."""

    kind: Kind
    why: str = ""
    version: str = ""
    """The higher one, where it must be raised: what is not published then is not the version that the chart bears."""


def of_commit(offered: Iterable[ChartEntry], commit: str) -> ChartEntry | None:
    """The version that was made from this very commit: then nothing needs to be looked at any more."""
    return next((each for each in offered if each.commit == commit), None)


def due(
    version: str,
    *,
    content_digest: str,
    offered: Collection[ChartEntry],
    uploaded: Collection[str],
    stored_digest: str,
    withdrawn: bool,
    quarantined: Collection[str],
) -> Publication:
    """Decides on a chart's `version` with this content.

    `offered` and `uploaded` are the versions that exist or existed, `quarantined` those that must not be used.
    `stored_digest` is the content of the package that lies under this version, empty where none does. With the same
    content it is not offered because it was taken back (`withdrawn`), or because its publication was cut off; that is
    finished.
    """
    same_content = stored_digest == content_digest
    present = next((each for each in offered if each.version == version), None)
    if present and (same_content or present.content_digest == content_digest):
        return _of_present(present, content_digest, offered, {*uploaded, *quarantined}, quarantined)
    if same_content and (withdrawn or version in quarantined):
        after = "it was withdrawn after a failed release" if withdrawn else "it is under quarantine"
        return Publication(Kind.LEAVE, f"{after}; change the chart to try again")
    known = {*(each.version for each in offered), *uploaded, *quarantined}
    why = _why_higher(version, known, quarantined=version in quarantined, same_content=same_content)
    if why:
        return Publication(Kind.RAISE, why, chart_version.next_patch(version, known))
    return Publication(Kind.PUBLISH)


def _of_present(
    present: ChartEntry,
    content_digest: str,
    offered: Collection[ChartEntry],
    others: Collection[str],
    quarantined: Collection[str],
) -> Publication:
    """Nothing to do, unless something else was published from git since: then git has taken that back, and it would be
    chosen for ever.
    """
    since = [
        each.version
        for each in offered
        if each.commit
        and each.content_digest != content_digest
        and each.version not in quarantined
        and chart_version.is_above(each.version, present.version)
    ]
    if not since:
        return Publication(Kind.PRESENT, "the same content")
    known = {*(each.version for each in offered), *others}
    why = f"git has the content of {present.version} again, in place of {max(since, key=chart_version.precedence)}"
    return Publication(Kind.RAISE, why, chart_version.next_patch(present.version, known))


def _why_higher(version: str, known: Collection[str], *, quarantined: bool, same_content: bool) -> str:
    if quarantined:
        return f"version {version} is under quarantine"
    if version in known and not same_content:
        return f"version {version} exists with other content"
    above = [each for each in known if each != version and not chart_version.is_above(version, each)]
    if above:
        top = max(above, key=chart_version.precedence)
        return f"version {version} is not above {top}, and would never be chosen"
    return ""

"""How an image tag is chosen: by the order of the service's commits, so that a rebuilt old commit never
wins.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from headway.model.application import ImagePolicy
from headway.model.images import Image


@dataclass(frozen=True, slots=True)
class ImageChoice:
    """The image to move to, None to leave the current one; `why` is one sentence for people."""

    image: Image | None
    why: str


def candidates(
    repository: str, tags: Iterable[str], newest_first: Sequence[str], policy: ImagePolicy
) -> list[Image]:
    """Images of the tags that match the policy's pattern whole, `/` in the branch as `-`.

    `newest_first` are the SHAs of the branch; an image bears the one that its tag names, none where the branch does
    not have it or has several that begin so.
    """
    pattern = _tag_pattern(policy)
    by_start: dict[str, list[str]] = {}
    for sha in newest_first:
        by_start.setdefault(sha[:7], []).append(sha)
    found = []
    for match in filter(None, map(pattern.fullmatch, tags)):
        short = match["sha"]
        named = [sha for sha in by_start.get(short[:7], ()) if sha.startswith(short)]
        found.append(Image(repository, match[0], digest="", commit=named[0] if len(named) == 1 else ""))
    return found


def choose(
    candidates: Sequence[Image],
    current: Image | None,
    newest_first: Sequence[str],
    policy: ImagePolicy,
    quarantined: Collection[str] = (),
) -> ImageChoice:
    """The image of the newest commit among `candidates`, if it is newer than that of `current`.

    `barred` holds tags under quarantine. Images without a commit of the branch have no order: they are reported in
    `why`, never guessed.
    """
    allowed = [each for each in candidates if each.tag not in quarantined]
    if not candidates:
        return ImageChoice(None, f"no tag matches {policy.pattern} of branch {policy.branch}")
    if not allowed:
        return ImageChoice(None, f"all {len(candidates)} matching tags are under quarantine")
    order = {sha: place for place, sha in enumerate(newest_first)}
    placed = [(order[each.commit], each) for each in allowed if each.commit in order]
    lost = len(allowed) - len(placed)
    note = f"; {lost} tags whose commit is not known on {policy.branch} are left out" if lost else ""
    if not placed:
        return ImageChoice(None, f"no order: no tag's commit is known on {policy.branch}")
    best = min(place for place, _ in placed)
    built = sorted((each for place, each in placed if place == best), key=lambda each: each.tag)
    if current and any(each.tag == current.tag for each in built):
        return ImageChoice(None, f"{current.tag} is the newest commit with an image{note}")
    if current and order.get(current.commit, best + 1) <= best:
        return ImageChoice(None, f"{current.tag} is newer than every candidate{note}")
    return ImageChoice(built[-1], f"{built[-1].tag} is the newest commit with an image{note}")


def _tag_pattern(policy: ImagePolicy) -> re.Pattern[str]:
    pattern = re.escape(policy.pattern)
    pattern = pattern.replace(re.escape("{branch}"), re.escape(policy.branch.replace("/", "-")))
    return re.compile(pattern.replace(re.escape("{sha}"), "(?P<sha>[0-9a-f]{7,64})"))

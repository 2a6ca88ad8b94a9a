"""How an image tag is chosen: by the order of the service's commits, so that a rebuilt old commit never
wins.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from headway.model.application import ImagePolicy
from headway.model.images import Image

NO_COMMITS: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class ImageChoice:
    """The image to move to, None to leave the current one; `why` is one sentence for people."""

    image: Image | None
    why: str


def tag_pattern(policy: ImagePolicy) -> re.Pattern[str]:
    """Matches candidate tags whole; group `sha` where the pattern has one. `/` in a branch becomes `-`."""
    pattern = re.escape(policy.pattern)
    pattern = pattern.replace(re.escape("{branch}"), re.escape(policy.branch.replace("/", "-")))
    return re.compile(pattern.replace(re.escape("{sha}"), "(?P<sha>[0-9a-f]{7,64})"))


def commit_order(newest_first: Sequence[str]) -> dict[str, int]:
    """Full SHAs to their place in the branch's history, 0 the newest."""
    return {sha: place for place, sha in enumerate(newest_first)}


def choose(
    candidates: Sequence[Image],
    current: Image | None,
    order: Mapping[str, int],
    policy: ImagePolicy,
    barred: Collection[str] = (),
) -> ImageChoice:
    """The newest of `candidates`, if it is newer than `current`.

    `order` is `commit_order` of the service's branch; where it is empty (no history to be had) creation
    dates decide. `barred` holds tags under quarantine. Images without an order are reported in `why`, never
    guessed.
    """
    pattern = tag_pattern(policy)
    matching = [each for each in candidates if pattern.fullmatch(each.tag)]
    allowed = [each for each in matching if each.tag not in barred]
    if not matching:
        return ImageChoice(None, f"no tag matches {policy.pattern} of branch {policy.branch}")
    if not allowed:
        return ImageChoice(None, f"all {len(matching)} matching tags are under quarantine")
    if order:
        return _by_commit(allowed, current, _Places(order, pattern), policy)
    return _by_date(allowed, current)


class _Places:
    """Place of an image's commit in the history, from the tag's short SHA and the image's label."""

    def __init__(self, order: Mapping[str, int], pattern: re.Pattern[str]) -> None:
        self.order = order
        self.pattern = pattern
        self.by_start: dict[str, list[str]] = {}
        for sha in order:
            self.by_start.setdefault(sha[:7], []).append(sha)

    def of(self, image: Image) -> int | None:
        match = self.pattern.fullmatch(image.tag)
        short = match.groupdict().get("sha") if match else None
        if short is None:
            return self.order.get(image.commit)
        if image.commit and not image.commit.startswith(short):
            return None
        found = [sha for sha in self.by_start.get(short[:7], ()) if sha.startswith(image.commit or short)]
        return self.order[found[0]] if len(found) == 1 else None


def _by_commit(
    allowed: Sequence[Image], current: Image | None, places: _Places, policy: ImagePolicy
) -> ImageChoice:
    placed = [(place, each) for each in allowed if (place := places.of(each)) is not None]
    lost = len(allowed) - len(placed)
    note = f"; {lost} tags whose commit is not known on {policy.branch} are left out" if lost else ""
    if not placed:
        return ImageChoice(None, f"no order: no tag's commit is known on {policy.branch}{note}")
    best = min(place for place, _ in placed)
    built = sorted((each for place, each in placed if place == best), key=_built)
    if current and any(each.tag == current.tag for each in built):
        return ImageChoice(None, f"{current.tag} is the newest commit with an image{note}")
    at = places.of(current) if current else None
    if current and at is not None and at <= best:
        return ImageChoice(None, f"{current.tag} is newer than every candidate{note}")
    return ImageChoice(built[-1], f"{built[-1].tag} is the newest commit with an image{note}")


def _by_date(allowed: Sequence[Image], current: Image | None) -> ImageChoice:
    dateless = [each.tag for each in (*allowed, *([current] if current else [])) if each.created is None]
    if dateless:
        return ImageChoice(
            None, f"no order: neither commits nor a creation date for {', '.join(sorted(set(dateless)))}"
        )
    best = max(allowed, key=_built)
    if current and (best.tag == current.tag or _built(best)[0] <= _built(current)[0]):
        return ImageChoice(None, f"{current.tag} was created last")
    return ImageChoice(best, f"{best.tag} was created last (the history of commits is not to be had)")


def _built(image: Image) -> tuple[float, str]:
    return (image.created.timestamp() if image.created else 0.0, image.tag)

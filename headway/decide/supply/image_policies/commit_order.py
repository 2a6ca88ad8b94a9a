"""commit-order: the image of the newest commit of the service's branch, so that a rebuilt old commit never wins."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from headway.decide.supply.image_policies.policy import (
    Build,
    ImageChoice,
    LabelsWanted,
    Ruling,
    SeenTags,
)
from headway.model.application import COMMIT_ORDER
from headway.model.application import ImagePolicy as Declared

_SHORT_SHA = re.compile("[0-9a-f]{7,}")


@dataclass(frozen=True, slots=True)
class CommitOrder:
    """Tags name their commit by `pattern`, `/` in the branch as `-`.

    Images without a commit of the branch have no order: they are reported in `why`, never guessed. Commits of Headway's
    own are no news: a service's CI that builds them would make it go round for ever.
    """

    declared: Declared

    def select(self, seen: SeenTags) -> ImageChoice | LabelsWanted:
        matching = self._matching(seen, seen.tags)
        allowed = {tag: commit for tag, commit in matching.items() if tag not in seen.quarantined}
        builds = tuple(Build(tag, commit) for tag, commit in allowed.items() if commit)
        current = next((each for each in builds if each.tag == seen.current), None)
        if not matching:
            why = f"no tag matches {self.declared.pattern} of branch {self.declared.branch}"
        elif not allowed:
            why = f"all {len(matching)} matching tags are under quarantine"
        elif not builds:
            why = f"no order: no tag's commit is known on {self.declared.branch}"
        else:
            return self._newest(seen, builds, current, unknown=len(allowed) - len(builds))
        return ImageChoice(None, why)

    def rulings(self, seen: SeenTags) -> tuple[Ruling, ...]:
        place = {sha: at for at, sha in enumerate(seen.newest_first)}
        matching = self._matching(seen, seen.tags)
        found = [Ruling(tag, matching.get(tag, ""), self._rule(seen, matching, tag)) for tag in seen.tags]
        return tuple(
            sorted(
                found, key=lambda each: (bool(each.dropped_by), place.get(each.commit, len(place)), each.tag)
            )
        )

    def _rule(self, seen: SeenTags, matching: Mapping[str, str], tag: str) -> str:
        if tag not in matching:
            return f"it does not match {self.declared.pattern} of branch {self.declared.branch}"
        if tag in seen.quarantined:
            return "it is under quarantine"
        if not matching[tag]:
            return f"its commit is not known on {self.declared.branch}, or several begin so"
        return ""

    def _newest(
        self, seen: SeenTags, builds: tuple[Build, ...], current: Build | None, *, unknown: int
    ) -> ImageChoice | LabelsWanted:
        note = (
            f"; {unknown} tags whose commit is not known on {self.declared.branch} are left out"
            if unknown
            else ""
        )
        place = {sha: at for at, sha in enumerate(seen.newest_first)}
        best = min(place[each.commit] for each in builds)
        newest = max((each for each in builds if place[each.commit] == best), key=lambda each: each.tag)

        def stay(why: str) -> ImageChoice:
            return ImageChoice(None, why, builds, current)

        if current and place[current.commit] == best:
            return stay(f"{current.tag} is the newest commit with an image{note}")
        if current and _only_own(seen, seen.newest_first[best : place[current.commit]]):
            return stay(f"since {current.tag} there are only commits of Headway's own")
        if seen.pin and self._pinned(seen, best):
            return stay(f"{seen.current} was {seen.pin.why}")
        if newest.tag not in seen.revisions:
            return LabelsWanted((newest.tag,))
        labelled = seen.revisions[newest.tag]
        if labelled and not _same_commit(labelled.lower(), newest.commit):
            return stay(f"{newest.tag} is labelled with commit {labelled[:12]}: tag and label disagree")
        return ImageChoice(newest, f"{newest.tag} is the newest commit with an image{note}", builds, current)

    def _pinned(self, seen: SeenTags, best: int) -> bool:
        left = self._matching(seen, seen.pin.left if seen.pin else ())
        places = [at for at, sha in enumerate(seen.newest_first) if sha in left.values()]
        return any(best >= at for at in places)

    def _matching(self, seen: SeenTags, tags: Collection[str]) -> dict[str, str]:
        """The commit that each matching tag names; empty where the branch has none that begins so, or several."""
        pattern = self._pattern()
        by_start: dict[str, list[str]] = {}
        for sha in seen.newest_first:
            by_start.setdefault(sha[:7], []).append(sha)
        found = {}
        for match in filter(None, map(pattern.fullmatch, tags)):
            short = match["sha"]
            named = [sha for sha in by_start.get(short[:7], ()) if sha.startswith(short)]
            found[match[0]] = named[0] if len(named) == 1 else ""
        return found

    def _pattern(self) -> re.Pattern[str]:
        pattern = re.escape(self.declared.pattern)
        branch = re.escape(self.declared.branch.replace("/", "-"))
        pattern = pattern.replace(re.escape("{branch}"), branch)
        return re.compile(pattern.replace(re.escape("{sha}"), "(?P<sha>[0-9a-f]{7,64})"))


def _only_own(seen: SeenTags, since: Sequence[str]) -> bool:
    return bool(since) and all(sha in seen.own for sha in since)


def _same_commit(label: str, commit: str) -> bool:
    """Many builds label an image with a short SHA."""
    short, long = sorted((label, commit), key=len)
    return bool(_SHORT_SHA.fullmatch(short)) and long.startswith(short)


KIND, POLICY = COMMIT_ORDER, CommitOrder

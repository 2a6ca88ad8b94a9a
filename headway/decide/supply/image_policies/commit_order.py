"""commit-order: the image of the newest commit of the service's branch, so that a rebuilt old commit never wins."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from headway.decide.supply.image_policies import commits
from headway.decide.supply.image_policies.policy import (
    NO_ORDER,
    Build,
    CommitsWanted,
    ImageChoice,
    ImagesWanted,
    Ruling,
    SeenTags,
    Wanted,
)
from headway.formats import branch_in_tag
from headway.formats.counted import counted
from headway.model.image_policy import COMMIT_ORDER
from headway.model.image_policy import ImagePolicy as Declared


@dataclass(frozen=True, slots=True)
class CommitOrder:
    """Tags name their commit by `pattern`, the branch as a build writes it (formats.branch_in_tag).

    Images without a commit of the branch have no order: they are reported in `why`, never guessed; so is one in use whose
    commit the branch has lost. Commits of Headway's own are no news, nor are those outside of the service's folders.
    """

    declared: Declared

    def select(self, seen: SeenTags) -> ImageChoice | Wanted:
        matching = self._matching(seen, seen.tags)
        same = self._barred_contents(seen)
        allowed = {tag: commit for tag, commit in matching.items() if not _barred(seen, same, tag, commit)}
        builds = tuple(Build(tag, commit) for tag, commit in allowed.items() if commit)
        current = next((each for each in builds if each.tag == seen.current), None)
        is_open = not seen.current
        if not matching:
            why = f"no tag matches {self.declared.pattern} of branch {self.declared.branch}"
        elif not allowed:
            why = f"there is nothing but {counted(len(matching), 'matching tag')} under quarantine"
        elif not builds:
            is_open = True
            why = f"{NO_ORDER}: no tag's commit is known on {self.declared.branch}"
        elif lost := self._lost(seen):
            if lost not in seen.older:
                return CommitsWanted((lost,))
            if seen.older[lost]:
                return self._newest(seen, builds, current, unknown=len(allowed) - len(builds))
            is_open = True
            why = (
                f"{NO_ORDER}: the commit of {seen.current}, which is in use, is not known on {self.declared.branch}, or several "
                "begin so; write the tag to go on from into values.yaml"
            )
        else:
            return self._newest(seen, builds, current, unknown=len(allowed) - len(builds))
        return ImageChoice(None, why, builds, is_open=is_open)

    def rulings(self, seen: SeenTags) -> tuple[Ruling, ...]:
        place = {sha: at for at, sha in enumerate(seen.newest_first)}
        matching = self._matching(seen, seen.tags)
        same = self._barred_contents(seen)
        found = [
            Ruling(tag, matching.get(tag, ""), self._rule(seen, matching, same, tag)) for tag in seen.tags
        ]
        return tuple(
            sorted(
                found, key=lambda each: (bool(each.dropped_by), place.get(each.commit, len(place)), each.tag)
            )
        )

    def _rule(self, seen: SeenTags, matching: Mapping[str, str], same: Mapping[str, str], tag: str) -> str:
        if tag not in matching:
            return f"it does not match {self.declared.pattern} of branch {self.declared.branch}"
        if barred := _barred(seen, same, tag, matching[tag]):
            return barred
        if not matching[tag]:
            return f"its commit is not known on {self.declared.branch}, or several begin so"
        return ""

    def _barred_contents(self, seen: SeenTags) -> dict[str, str]:
        """Tags under quarantine by what they hold of the service, where builds of several commits may hold the same."""
        barred = sorted(self._matching(seen, seen.quarantined).items()) if seen.content else ()
        return {_content(seen, commit): tag for tag, commit in barred if commit}

    def _lost(self, seen: SeenTags) -> str:
        """The short SHA of the tag in use, where `newest_first` does not tell which commit that is."""
        found = self._pattern().fullmatch(seen.current)
        if (
            not found
            or seen.current in seen.quarantined
            or self._matching(seen, [seen.current])[seen.current]
        ):
            return ""
        return found["sha"]

    def _newest(
        self, seen: SeenTags, builds: tuple[Build, ...], current: Build | None, *, unknown: int
    ) -> ImageChoice | Wanted:
        note = (
            f"; left out: {counted(unknown, 'tag')} whose commit is not known on {self.declared.branch}"
            if unknown
            else ""
        )
        place = {sha: at for at, sha in enumerate(seen.newest_first)}
        best = min(place[each.commit] for each in builds)
        every = self._matching(seen, seen.tags).values()
        is_newest = all(place[each] >= best for each in every if each)
        which = f"the newest commit with an image{'' if is_newest else ' that may be chosen'}"

        def stay(why: str) -> ImageChoice:
            return ImageChoice(None, why, builds, current)

        if current and place[current.commit] == best:
            return stay(f"{current.tag} is {which}{note}")
        wanted = _content(seen, seen.newest_first[best])
        if current and _content(seen, current.commit) == wanted:
            return stay(f"since {current.tag} no commit with an image touched the service's folders{note}")
        before = place[current.commit] if current else len(place)
        same = [place[each.commit] for each in builds if _content(seen, each.commit) == wanted]
        best = max(at for at in same if at < before)
        newest = max((each for each in builds if place[each.commit] == best), key=lambda each: each.tag)
        if current and commits.only_own(seen, seen.newest_first[best : place[current.commit]]):
            return stay(f"since {current.tag} there are only commits of Headway's own")
        if seen.pin and self._pinned(seen, best):
            return stay(f"{seen.current} was {seen.pin.why}")
        if newest.tag not in seen.images:
            return ImagesWanted((newest.tag,))
        labelled = seen.images[newest.tag].revision
        if labelled and not commits.is_same(labelled.lower(), newest.commit):
            why = f"{newest.tag} is labelled with commit {labelled[:12]}: tag and label disagree"
            clause = f"its label names another commit, {labelled[:12]}"
            return ImageChoice(None, why, builds, current, {newest.tag: clause})
        return ImageChoice(newest, f"{newest.tag} is {which}{note}", builds, current)

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
        places = {
            "{branch}": branch_in_tag.spellings(self.declared.branch),
            "{sha}": "(?P<sha>[0-9a-f]{7,64})",
        }
        parts = re.split(r"(\{branch\}|\{sha\})", self.declared.pattern)
        return re.compile("".join(places.get(part) or re.escape(part) for part in parts))


def _barred(seen: SeenTags, same: Mapping[str, str], tag: str, commit: str) -> str:
    if tag in seen.quarantined:
        return "it is under quarantine"
    other = same.get(_content(seen, commit)) if commit else None
    return f"nothing of the service differs from {other}, which is under quarantine" if other else ""


def _content(seen: SeenTags, commit: str) -> str:
    return seen.content.get(commit, commit)


KIND, POLICY = COMMIT_ORDER, CommitOrder

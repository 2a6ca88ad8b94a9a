"""What all kinds share that order tags by something which each of them reads: the newest that is allowed, never an older one.

Where nobody can say which of two is newer, nothing is chosen.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from headway.decide.supply.image_policies import commits
from headway.decide.supply.image_policies.policy import (
    NO_ORDER,
    Build,
    ImageChoice,
    ImagesWanted,
    Ruling,
    SeenTags,
    Wanted,
)
from headway.formats.counted import counted

Key = tuple[Any, ...]
"""Sorts as the policy orders; where one begins as another does, nobody can say which is newer."""
GONE = "the registry has it no more"
NOTHING: Mapping[str, str] = {}
NAMED = 5
"""Tags that one sentence names."""


@dataclass(frozen=True, slots=True)
class NoPlace:
    """A tag that has no place in the order."""

    rule: str
    """A clause that says why."""
    undecided: bool = False
    """It belongs there, but nobody knows where: nothing can be newer than it."""


@dataclass(frozen=True, slots=True)
class Order:
    """The policy of one kind of order. Each tag of a look is read once."""

    newest: str
    """What the first one is, behind its tag, such as "is the highest version"."""
    read: Callable[[str, SeenTags], Key | NoPlace]
    refused: Callable[[str], str] = lambda _: ""
    """The rule that keeps out a tag which has its place; empty for none."""

    def select(self, seen: SeenTags) -> ImageChoice | Wanted:
        found = self._found(seen)
        candidates = {tag: key for tag, key in _places(found).items() if not self.refused(tag)}
        allowed = {tag: key for tag, key in candidates.items() if tag not in seen.quarantined}
        if not candidates:
            return stays(
                seen, f"of {counted(len(seen.tags), 'tag')} none may be chosen: {self._example(found, seen)}"
            )
        if not allowed:
            return stays(
                seen, f"there is nothing but {counted(len(candidates), 'matching tag')} under quarantine"
            )
        best = max(allowed.values())
        first = sorted(tag for tag, key in allowed.items() if _is_level(key, best))
        standing = None if seen.current in seen.quarantined else self._standing(seen)
        if isinstance(standing, NoPlace) and standing.undecided:
            return undecided(seen, f"{seen.current}, which is in use: {standing.rule}")
        if isinstance(standing, tuple):
            if _is_level(standing, best):
                return stays(seen, f"{seen.current} {self.newest}")
            if standing > best:
                return stays(
                    seen, f"{first[0]} {self.newest}, but older than {seen.current}, which is in use"
                )
        if len(first) > 1:
            if wanted := _unread(seen, first[:NAMED]):
                return ImagesWanted(wanted)
            digests = {seen.images[tag].digest for tag in first[:NAMED]}
            if len(first) > NAMED or len(digests) > 1 or "" in digests:
                return undecided(
                    seen, f"nobody can say which of {', '.join(first[:NAMED])} is newest; none is chosen"
                )
        return self._moved(seen, first[0], best)

    def rulings(self, seen: SeenTags) -> tuple[Ruling, ...]:
        """The newest first, then what was left out, by rule."""
        found = self._found(seen)
        places = _places(found)
        dropped = {tag: self._rule(found[tag], seen, tag) for tag in seen.tags}
        chosen = sorted(tag for tag, rule in dropped.items() if not rule)
        chosen.sort(key=lambda tag: places[tag], reverse=True)
        out = sorted((rule, tag) for tag, rule in dropped.items() if rule)
        return tuple(
            Ruling(tag, commits.of_label(seen, tag), dropped[tag])
            for tag in (*chosen, *(tag for _, tag in out))
        )

    def _moved(self, seen: SeenTags, tag: str, best: Key) -> ImageChoice | Wanted:
        if seen.pin and any(
            isinstance(left, tuple) and (best < left or _is_level(best, left))
            for left in (self.read(each, seen) for each in seen.pin.left)
        ):
            return stays(seen, f"{seen.current} was {seen.pin.why}")
        return moved(seen, tag, f"{tag} {self.newest}")

    def _found(self, seen: SeenTags) -> Mapping[str, Key | NoPlace]:
        return {tag: self.read(tag, seen) for tag in seen.tags}

    def _standing(self, seen: SeenTags) -> Key | NoPlace | None:
        return self.read(seen.current, seen) if seen.current else None

    def _rule(self, found: Key | NoPlace, seen: SeenTags, tag: str) -> str:
        if isinstance(found, NoPlace):
            return found.rule
        return self.refused(tag) or ("it is under quarantine" if tag in seen.quarantined else "")

    def _example(self, found: Mapping[str, Key | NoPlace], seen: SeenTags) -> str:
        """The first tag, of those that belong to the order where there are any."""
        ranked = sorted(
            (not (isinstance(each, NoPlace) and each.undecided), tag) for tag, each in found.items()
        )
        if not ranked:
            return "there is none"
        tag = ranked[0][1]
        return f"{tag}: {self._rule(found[tag], seen, tag)}"


def moved(seen: SeenTags, tag: str, why: str) -> ImageChoice | Wanted:
    """To `tag`, unless it is a build of nothing but commits of Headway's own."""
    if wanted := _unread(seen, [tag, *_in_use(seen)]):
        return ImagesWanted(wanted)
    build, current = Build(tag, commits.of_label(seen, tag)), _current(seen)
    if not seen.images[tag].digest:
        return stays(seen, f"{tag} is in the registry's list, but not in the registry", {tag: GONE})
    builds = tuple(filter(None, (build, current)))
    if current and commits.is_same_content(seen, build.commit, current.commit):
        why = f"between {seen.current} and {tag} no commit touched the service"
        return ImageChoice(None, why, builds, current)
    if current and commits.only_own_between(seen, build.commit, current.commit):
        return ImageChoice(
            None, f"between {seen.current} and {tag} there are only commits of Headway's own", builds, current
        )
    return ImageChoice(build, f"{why}{_of_unknown_commit(seen, build)}", builds, current)


def _of_unknown_commit(seen: SeenTags, build: Build) -> str:
    """What is said of an image whose code and chart cannot be paired."""
    if build.commit:
        return ""
    labelled = seen.images[build.tag].revision
    if not labelled:
        return "; no label of it names a commit"
    return f"; its label names {labelled[:12]}, which is not known on the service's branch"


def undecided(seen: SeenTags, why: str) -> ImageChoice | Wanted:
    """Nobody can say what is newest: somebody has to act."""
    return stays(seen, f"{NO_ORDER}: {why}", is_open=True)


def stays(
    seen: SeenTags, why: str, left_out: Mapping[str, str] = NOTHING, *, is_open: bool = False
) -> ImageChoice | Wanted:
    """With what is in use as a build, as far as the registry knows it."""
    if wanted := _unread(seen, _in_use(seen)):
        return ImagesWanted(wanted)
    current = _current(seen)
    return ImageChoice(
        None, why, (current,) if current else (), current, left_out, is_open or not seen.current
    )


def _places(found: Mapping[str, Key | NoPlace]) -> Mapping[str, Key]:
    return {tag: key for tag, key in found.items() if not isinstance(key, NoPlace)}


def _is_level(key: Key, other: Key) -> bool:
    shorter = min(len(key), len(other))
    return key[:shorter] == other[:shorter]


def _unread(seen: SeenTags, tags: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for tag in tags if tag not in seen.images))


def _in_use(seen: SeenTags) -> list[str]:
    """What is in use, where the registry may still have it."""
    return [seen.current] if seen.current and (seen.current in seen.tags or "@" in seen.current) else []


def _current(seen: SeenTags) -> Build | None:
    found = _in_use(seen) if seen.current not in seen.quarantined else []
    image = seen.images.get(found[0]) if found else None
    return Build(seen.current, commits.of_label(seen, seen.current)) if image and image.digest else None

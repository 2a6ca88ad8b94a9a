"""Whether a version that failed, or cannot be published, is taken back in git, and which commits that concerns."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from headway.model.edits import Commit
from headway.model.record import ReleaseRecord

NOTHING_GOOD = (
    "no version was good before: tags and dependency versions stay, and nothing but this version is barred"
)


@dataclass(frozen=True, slots=True)
class Examined:
    """What speaks against publishing the application as it is at a commit."""

    findings: tuple[str, ...]
    versions: frozenset[str]
    """Of the application there, and of all its inputs: tags of images, versions of charts."""


def found_since(now: Examined, of_last_good: Examined) -> tuple[str, ...]:
    """The findings that last good has not got as well. Versions in them are not compared: a registry that shows its images to
    nobody any more lacks the new one and the former one alike."""
    known = {_without(of_last_good.versions, each) for each in of_last_good.findings}
    return tuple(each for each in now.findings if _without(now.versions, each) not in known)


def _without(versions: Collection[str], finding: str) -> str:
    longest_first = sorted(filter(None, versions), key=len, reverse=True)
    named = "|".join(map(re.escape, longest_first))
    return re.sub(rf"(?<![\w.-])(?:{named})(?![\w-]|\.\w)", "VERSION", finding) if named else finding


def left_as_it_is(
    revert: str, made_from: str, record: ReleaseRecord | None, *, made_from_is_held: bool
) -> str:
    """Why nothing is taken back; empty where something may be.

    `revert`: as headway.yaml has it. `made_from`: the commit that the package names, empty where it names none;
    `made_from_is_held`: whether git still has it.
    """
    if revert == "never":
        return "revert: never"
    if not made_from:
        return "its package does not say from which commit it was made"
    if not made_from_is_held:
        return f"the commit that it was made from, {made_from[:12]}, is not to be had any more"
    if record is None or record.last_good is None:
        return NOTHING_GOOD
    return ""


def own_commits(
    of_version: Sequence[Commit], of_last_good: Collection[str], record: ReleaseRecord
) -> tuple[Commit, ...]:
    """Headway's own commits that the failed version has beyond last good, the oldest first.

    `of_version`: its commits, the newest first. `of_last_good`: SHAs of all of last good's; empty where its commit is not
    known, as when its release was adopted: then those since it was adopted.
    """
    since = [each for each in of_version if each.sha not in of_last_good]
    if not of_last_good and record.last_good is not None:
        adopted = record.last_good.tested_at.timestamp()
        since = [each for each in since if each.time >= adopted]
    return tuple(each for each in reversed(since) if each.is_own)

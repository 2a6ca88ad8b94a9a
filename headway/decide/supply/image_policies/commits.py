"""Which commit of the service's branch an image was built from, and whether that is news."""

import re
from collections.abc import Sequence

from headway.decide.supply.image_policies.policy import SeenTags

_SHORT_SHA = re.compile("[0-9a-f]{7,64}")


def of_label(seen: SeenTags, tag: str) -> str:
    """The SHA of the branch that the image's label names; empty for none, for one elsewhere, and where several begin so."""
    image = seen.images.get(tag)
    short = image.revision.lower() if image else ""
    if not _SHORT_SHA.fullmatch(short):
        return ""
    named = [sha for sha in seen.newest_first if sha.startswith(short)]
    return named[0] if len(named) == 1 else ""


def is_same(label: str, commit: str) -> bool:
    """Whether both name one commit: many builds label an image with a short SHA."""
    short, long = sorted((label, commit), key=len)
    return bool(_SHORT_SHA.fullmatch(short)) and long.startswith(short)


def only_own(seen: SeenTags, since: Sequence[str]) -> bool:
    """Whether these commits are all Headway's: a CI that builds them would make it go round for ever."""
    return bool(since) and all(sha in seen.own for sha in since)


def only_own_between(seen: SeenTags, newer: str, older: str) -> bool:
    """The same of the commits after `older`, up to `newer`; not where one of them is not known."""
    places = {sha: at for at, sha in enumerate(seen.newest_first)}
    if newer not in places or older not in places:
        return False
    return only_own(seen, seen.newest_first[places[newer] : places[older]])


def is_same_content(seen: SeenTags, one: str, other: str) -> bool:
    """Whether builds of both hold the same of the service; not where one of them is not known."""
    return one in seen.content and other in seen.content and seen.content[one] == seen.content[other]

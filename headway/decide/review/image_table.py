"""Why a service has the image that it has: each tag that was seen, and which rule left it out."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from headway.decide.supply.image_policies import ImageChoice, Ruling, SeenTags

TITLES = ("TAG", "COMMIT", "IS")
MOST = 40
"""Rows for people: a registry may hold thousands of tags."""
RULES = 3
"""Of those that left out the rows that are not shown."""


def rows(choice: ImageChoice, seen: SeenTags, rulings: Sequence[Ruling]) -> list[tuple[str, ...]]:
    """Titles first; what is in use and what is chosen always, of the others the first MOST, and how many more each rule left
    out."""
    said = _said(choice, seen, rulings)
    special = {_name(seen.current), _name(choice.build.tag if choice.build else "")}
    others = [each.tag for each in rulings if each.tag not in special]
    hidden = set(others[MOST:])
    found = [
        (each.tag, each.commit[:12] or "-", said[each.tag]) for each in rulings if each.tag not in hidden
    ]
    if not hidden:
        return [TITLES, *found]
    counts = Counter(said[tag] for tag in others[MOST:]).most_common()
    more = [("...", "", f"{count} more {what}") for what, count in counts[:RULES]]
    rest = sum(count for _, count in counts[RULES:])
    return [
        TITLES,
        *found,
        *more,
        ("...", "", f"{f'{rest} more for other reasons; ' if rest else ''}-o json shows all"),
    ]


def values(choice: ImageChoice, seen: SeenTags, rulings: Sequence[Ruling]) -> dict[str, Any]:
    said = _said(choice, seen, rulings)
    return {
        "current": seen.current,
        "chosen": choice.build.tag if choice.build else None,
        "why": choice.why,
        "tags": [{"tag": each.tag, "commit": each.commit, "is": said[each.tag]} for each in rulings],
    }


def _name(tag: str) -> str:
    """Without the digest that it is pinned by."""
    return tag.partition("@")[0]


def _said(choice: ImageChoice, seen: SeenTags, rulings: Sequence[Ruling]) -> dict[str, str]:
    """Of each tag. Rulings stand in the policy's own order, the newest first."""
    current, chosen = _name(seen.current), _name(choice.build.tag if choice.build else "")
    order = {each.tag: at for at, each in enumerate(rulings) if not each.dropped_by}
    reference = order.get(chosen or current)
    at_reference = next((each.commit for each in rulings if each.tag == (chosen or current)), "")
    said = {}
    for each in rulings:
        if chosen and each.tag == chosen:
            what = "chosen"
        elif each.tag in choice.left_out:
            what = f"left out: {choice.left_out[each.tag]}"
        elif each.dropped_by:
            what = f"{'in use, but' if each.tag == current else 'left out:'} {each.dropped_by}"
        elif each.tag == current:
            what = "in use"
        elif reference is None:
            what = "not chosen"
        elif each.commit and each.commit == at_reference:
            what = "the same commit"
        else:
            what = "newer, but not moved to" if order[each.tag] < reference else "older"
        said[each.tag] = what
    return said

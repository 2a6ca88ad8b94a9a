"""Why a service has the image that it has: each tag that was seen, and which rule left it out."""

from collections.abc import Sequence
from typing import Any

from headway.decide.supply.image_policies import ImageChoice, Ruling, SeenTags

TITLES = ("TAG", "COMMIT", "IS")
MOST = 40
"""Rows for people: a registry may hold thousands of tags."""


def rows(choice: ImageChoice, seen: SeenTags, rulings: Sequence[Ruling]) -> list[tuple[str, ...]]:
    """Titles first; what is in use and what is chosen always, of the others the first MOST."""
    told = [each for each in rulings if _is_special(choice, seen, each)]
    others = [each for each in rulings if not _is_special(choice, seen, each)]
    shown = {each.tag for each in (*told, *others[:MOST])}
    found = [_row(choice, seen, each) for each in rulings if each.tag in shown]
    left = len(others) - MOST
    more = [("...", "", f"{left} more: -o json shows all")] if left > 0 else []
    return [TITLES, *found, *more]


def values(choice: ImageChoice, seen: SeenTags, rulings: Sequence[Ruling]) -> dict[str, Any]:
    return {
        "current": seen.current,
        "chosen": choice.build.tag if choice.build else None,
        "why": choice.why,
        "tags": [
            {"tag": each.tag, "commit": each.commit, "is": _said(choice, seen, each)} for each in rulings
        ],
    }


def _is_special(choice: ImageChoice, seen: SeenTags, each: Ruling) -> bool:
    return each.tag == seen.current or (choice.build is not None and each.tag == choice.build.tag)


def _row(choice: ImageChoice, seen: SeenTags, each: Ruling) -> tuple[str, ...]:
    return each.tag, each.commit[:12] or "-", _said(choice, seen, each)


def _said(choice: ImageChoice, seen: SeenTags, each: Ruling) -> str:
    if choice.build and each.tag == choice.build.tag:
        return "chosen"
    if each.dropped_by:
        return (
            f"in use, but {each.dropped_by}" if each.tag == seen.current else f"left out: {each.dropped_by}"
        )
    if each.tag == seen.current:
        return "in use"
    place = list(seen.newest_first)
    reference = choice.build or choice.current
    if reference and place.index(each.commit) < place.index(reference.commit):
        return "newer, but not moved to"
    return "older"

"""regex: tags that match a regular expression, ordered by its first group as numbers, letters or times."""

from functools import partial

from headway.decide.supply.image_policies import matching
from headway.decide.supply.image_policies.ordered import Key, NoPlace, Order
from headway.formats import tag_date
from headway.model.image_policy import REGEX
from headway.model.image_policy import ImagePolicy as Declared

_NEWEST = {
    "numeric": "has the highest number",
    "alphabetical": "is the last by letters",
    "date": "has the latest time",
}


def _policy(declared: Declared) -> Order:
    return Order(
        f"{_NEWEST[declared.order]} of {declared.match}",
        matching.placed(declared, partial(_place, declared.order)),
    )


def _place(order: str, text: str) -> Key | NoPlace:
    """A day and a time on that day have no order: so where some tags have a time and others none, the last day decides, or
    nothing does."""
    if order == "alphabetical":
        return (text,)
    if order == "numeric":
        is_number = text.isascii() and text.isdecimal()
        return (int(text),) if is_number else NoPlace(f"{text!r} is no whole number")
    time = tag_date.read(text)
    return NoPlace(f"{text!r} is no time such as 20260115 or 2026-01-15T1011") if time is None else time


KIND, POLICY = REGEX, _policy

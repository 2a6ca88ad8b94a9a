"""regex: tags that match a regular expression, ordered by its first group as numbers, letters or times."""

from dataclasses import dataclass

from headway.decide.supply.image_policies import matching, ordered
from headway.decide.supply.image_policies.ordered import Key, NoPlace, Order
from headway.decide.supply.image_policies.policy import ImageChoice, Ruling, SeenTags, Wanted
from headway.formats import tag_date
from headway.model.image_policy import REGEX
from headway.model.image_policy import ImagePolicy as Declared

_NEWEST = {
    "numeric": "has the highest number",
    "alphabetical": "is the last by letters",
    "date": "has the latest time",
}


@dataclass(frozen=True, slots=True)
class RegularExpression:
    """A day and a time on that day have no order: so where some tags have a time and others none, the last day decides, or
    nothing does."""

    declared: Declared

    def select(self, seen: SeenTags) -> ImageChoice | Wanted:
        return ordered.select(self._order(), seen)

    def rulings(self, seen: SeenTags) -> tuple[Ruling, ...]:
        return ordered.rulings(self._order(), seen)

    def _order(self) -> Order:
        return Order(f"{_NEWEST[self.declared.order]} of {self.declared.match}", self._read)

    def _read(self, tag: str, _: SeenTags) -> Key | NoPlace:
        text = matching.read(self.declared, tag)
        if text is None:
            return matching.no_match(self.declared)
        if self.declared.order == "alphabetical":
            return (text,)
        if self.declared.order == "numeric":
            is_number = text.isascii() and text.isdecimal()
            return (int(text),) if is_number else NoPlace(f"{text!r} is no whole number")
        time = tag_date.read(text)
        return NoPlace(f"{text!r} is no time such as 20260115 or 2026-01-15T1011") if time is None else time


KIND, POLICY = REGEX, RegularExpression

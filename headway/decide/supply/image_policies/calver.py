"""calver: the latest calendar version of a format."""

from dataclasses import dataclass

from headway.decide.supply.image_policies import matching, ordered
from headway.decide.supply.image_policies.ordered import Key, NoPlace, Order
from headway.decide.supply.image_policies.policy import ImageChoice, Ruling, SeenTags, Wanted
from headway.formats import calendar_version
from headway.model.image_policy import CALVER
from headway.model.image_policy import ImagePolicy as Declared


@dataclass(frozen=True, slots=True)
class CalendarVersion:
    """Compared number by number, in the order of the format."""

    declared: Declared

    def select(self, seen: SeenTags) -> ImageChoice | Wanted:
        return ordered.select(self._order(), seen)

    def rulings(self, seen: SeenTags) -> tuple[Ruling, ...]:
        return ordered.rulings(self._order(), seen)

    def _order(self) -> Order:
        return Order(f"is the latest version of {self.declared.format}", self._read)

    def _read(self, tag: str, _: SeenTags) -> Key | NoPlace:
        text = matching.read(self.declared, tag)
        if text is None:
            return matching.no_match(self.declared)
        numbers = calendar_version.parsed(self.declared.format).read(text)
        return NoPlace(f"it is no calendar version {self.declared.format}") if numbers is None else numbers


KIND, POLICY = CALVER, CalendarVersion

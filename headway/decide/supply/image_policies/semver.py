"""semver: the highest version that a range admits, by the rules that Helm has for charts."""

from dataclasses import dataclass

from headway.decide.supply.image_policies import matching, ordered
from headway.decide.supply.image_policies.ordered import Key, NoPlace, Order
from headway.decide.supply.image_policies.policy import ImageChoice, Ruling, SeenTags, Wanted
from headway.formats import chart_constraint, semver
from headway.model.image_policy import SEMVER
from headway.model.image_policy import ImagePolicy as Declared


@dataclass(frozen=True, slots=True)
class SemanticVersion:
    """A leading `v` is ignored; one that is not whole, such as 1.2, is none. A pre-release needs a range that names one."""

    declared: Declared

    def select(self, seen: SeenTags) -> ImageChoice | Wanted:
        return ordered.select(self._order(), seen)

    def rulings(self, seen: SeenTags) -> tuple[Ruling, ...]:
        return ordered.rulings(self._order(), seen)

    def _order(self) -> Order:
        return Order(f"is the highest version that {self.declared.range!r} admits", self._read, self._refused)

    def _read(self, tag: str, _: SeenTags) -> Key | NoPlace:
        text = matching.read(self.declared, tag)
        if text is None:
            return matching.no_match(self.declared)
        version = semver.parse(text)
        return version.precedence if version else NoPlace("it is no semantic version")

    def _refused(self, tag: str) -> str:
        version = semver.parse(matching.read(self.declared, tag) or "")
        if version is None or chart_constraint.admits(self.declared.range, version):
            return ""
        return f"{self.declared.range!r} does not admit it"


KIND, POLICY = SEMVER, SemanticVersion

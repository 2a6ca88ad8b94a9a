"""calver: the latest calendar version of a format, whatever the order in which it writes year, month and day."""

from headway.decide.supply.image_policies import matching
from headway.decide.supply.image_policies.ordered import Key, NoPlace, Order
from headway.formats import calendar_version
from headway.model.image_policy import CALVER
from headway.model.image_policy import ImagePolicy as Declared


def _policy(declared: Declared) -> Order:
    def place(text: str) -> Key | NoPlace:
        numbers = calendar_version.parsed(declared.format).read(text)
        return NoPlace(f"it is no calendar version {declared.format}") if numbers is None else numbers

    return Order(f"is the latest version of {declared.format}", matching.placed(declared, place))


KIND, POLICY = CALVER, _policy

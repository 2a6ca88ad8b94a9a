"""semver: the highest version that a range admits, by the rules that Helm has for charts.

A leading `v` is ignored; one that is not whole, such as 1.2, is none. A pre-release needs a range that names one.
"""

from headway.decide.supply.image_policies import matching
from headway.decide.supply.image_policies.ordered import Key, NoPlace, Order
from headway.formats import chart_constraint, semver
from headway.model.image_policy import SEMVER
from headway.model.image_policy import ImagePolicy as Declared


def _policy(declared: Declared) -> Order:
    def refused(tag: str) -> str:
        version = semver.parse(matching.read(declared, tag) or "")
        if version is None or chart_constraint.admits(declared.range, version):
            return ""
        return f"{declared.range!r} does not admit it"

    newest = f"is the highest version that {declared.range!r} admits"
    return Order(newest, matching.placed(declared, _place), refused)


def _place(text: str) -> Key | NoPlace:
    version = semver.parse(text)
    return version.precedence if version else NoPlace("it is no semantic version")


KIND, POLICY = SEMVER, _policy

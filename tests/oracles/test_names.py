"""Names of charts, and aliases of dependencies, as Helm loads them (pkg/chart, Validate).

Headway is stricter: a name is one that Helm gives to a chart it makes (letters, digits, `.`, `_`, `-`, not dots alone), and
neither it nor an alias is longer than 250 characters, since both become names of files.
"""

import random
import re

import pytest

from headway.errors import BadInput
from headway.formats import chart_identity
from sandbox.address import Address
from tests.oracles.asked import answers, cases, told
from tests.oracles.texts import mostly, spoilt

pytestmark = pytest.mark.sandbox
LIMIT = 250
NAMES = ["a", "shop", "cart-1", "a.b", "a_b", "A", "0", "-", "_", "a..b", "-a-", "y"]
ODD = ["", ".", "..", "...", "a/b", "/", "a b", "é", "a\n", "\0", "a" * 250, "a" * 251, "\u2028", "a\\b", "٥"]
CHARACTERS = "aA0._-/\\ é\n\t\0٥"


def _case(chance: random.Random) -> dict[str, str]:
    name, alias = (spoilt(chance, mostly(chance, NAMES, ODD), CHARACTERS) for _ in range(2))
    return {"name": name, "alias": alias, "version": "1.0.0"}


def _is_taken(name: str, alias: str) -> bool:
    try:
        chart_identity.check_name(name, "")
        chart_identity.check_alias(alias, "")
    except BadInput:
        return False
    return True


def test_names_are_taken_as_helm_takes_them(sandbox: Address) -> None:
    asked = cases(_case)
    differing = [
        (each, go)
        for each, go in zip(asked, answers(sandbox, "chart", asked), strict=True)
        if _is_taken(each["name"], each["alias"])
        != ("error" not in go and max(map(len, each.values())) <= LIMIT and _is_made(each["name"]))
    ]
    assert not differing, told(differing)


def _is_made(name: str) -> bool:
    return bool(re.fullmatch(r"[a-zA-Z0-9._-]+", name)) and bool(name.strip("."))

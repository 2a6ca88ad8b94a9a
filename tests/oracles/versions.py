"""Random versions and constraints, with a bias to what readers of them disagree about."""

import random

from tests.oracles.texts import mostly, perhaps, spoilt

NUMBERS = ["0", "1", "2", "3", "10"]
ODD_NUMBERS = [
    "00",
    "01",
    "007",
    str(2**63),
    str(2**64 - 1),
    str(2**64),
    "9" * 30,
    "9" * 260,
    "",
    "-1",
    "\u0661",
]
WILD = ["x", "X", "*"]
ODD_WILD = ["xx", "1x", "x1", "**", "|", "1|2", "x|"]
LABELS = ["0", "1", "11", "2", "rc", "alpha", "beta-1", "a1", "1a", "-", "--", "0a"]
ODD_LABELS = ["00", "01", "", "a_b", "é", "x" * 260, "9" * 30, "-01", "0-1", "1" * 240]
OPERATORS = ["", "=", "!=", ">", "<", ">=", "<=", "~", "^"]
ODD_OPERATORS = ["=>", "=<", "~>", "==", "=!", "<>", "^^", "> =", "~=", "!", "~ >"]
BLANKS = ["", " "]
ODD_BLANKS = ["  ", "\t", "\n", "\r", "\f", "\v", "\u00a0", "\u2003", "\x85"]
JOINTS = [" ", ", ", ",", " || ", "||", " - "]
ODD_JOINTS = ["", " ,", " , ", "|", "|| ||", " -", "- ", "  -  ", "\n-\t", ";", ",,", "\u00a0", "\v"]
CHARACTERS = "0123456789.xX*-+=<>!~^|, \tva_\u0661\u00a0\n"


def _labels(chance: random.Random) -> str:
    return ".".join(mostly(chance, LABELS, ODD_LABELS) for _ in range(chance.choice([1, 1, 1, 2, 3])))


def _tail(chance: random.Random, share: float) -> str:
    return perhaps(chance, share, "-" + _labels(chance)) + perhaps(chance, share / 3, "+" + _labels(chance))


def version(chance: random.Random) -> str:
    count = mostly(chance, [3], [1, 2, 4, 0])
    numbers = ".".join(mostly(chance, NUMBERS, NUMBERS + ODD_NUMBERS) for _ in range(count))
    text = perhaps(chance, 0.15, "v") + numbers + _tail(chance, 0.4)
    return spoilt(chance, text, CHARACTERS) if chance.random() < 0.1 else text


def _limit(chance: random.Random) -> str:
    usual, odd = NUMBERS + NUMBERS + WILD, NUMBERS + WILD + ODD_NUMBERS + ODD_WILD
    numbers = ".".join(mostly(chance, usual, odd) for _ in range(chance.choice([1, 2, 2, 3, 3, 3])))
    return perhaps(chance, 0.1, "v") + numbers + _tail(chance, 0.3)


def _bound(chance: random.Random) -> str:
    return mostly(chance, OPERATORS, ODD_OPERATORS) + mostly(chance, BLANKS, ODD_BLANKS) + _limit(chance)


def constraint(chance: random.Random) -> str:
    if chance.random() < 0.01:
        return chance.choice([" ", "||"]).join(_limit(chance) for _ in range(chance.randrange(25, 80)))
    text = _bound(chance)
    for _ in range(chance.choice([0, 0, 1, 1, 2, 3])):
        text += mostly(chance, JOINTS, ODD_JOINTS) + chance.choice([_bound, _limit])(chance)
    text = mostly(chance, [""], ODD_BLANKS) + text + mostly(chance, [""], ODD_BLANKS)
    return spoilt(chance, text, CHARACTERS) if chance.random() < 0.1 else text

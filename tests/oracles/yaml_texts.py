"""Random YAML, with a bias to scalars that readers of YAML disagree about."""

import random

from tests.oracles.texts import mostly, spoilt

WORDS = [
    "a",
    "web",
    "y",
    "n",
    "yes",
    "No",
    "on",
    "OFF",
    "true",
    "False",
    "null",
    "~",
    "Null",
    "nan",
    "inf",
    "tRUE",
    "nULL",
    "=",
    "<<",
    ".",
]
NUMBERS = [
    "0",
    "1",
    "-1",
    "+1",
    "8080",
    "1.5",
    "1.0",
    "-0",
    "-0.0",
    "+.5",
    ".5",
    "5.",
    "1e3",
    "1E3",
    "1e+3",
    "1e-3",
    "1.e3",
    ".5e1",
    "0x1F",
    "0X1f",
    "-0x1f",
    "+0x1f",
    "0xg",
    "0x",
    "0o17",
    "0O17",
    "-0o17",
    "0o8",
    "0o",
    "017",
    "-017",
    "+017",
    "08",
    "09.5",
    "00",
    "0b11",
    "0B11",
    "-0b11",
    "+0b1",
    "0b2",
    "0b",
    "0b_1",
    "1_000",
    "1__0",
    "_1",
    "1_",
    "-_1",
    "1_0.5_0",
    "1_0e1_0",
    "0_7",
    "0x_f",
    "1e400",
    "-1e400",
    "1e-400",
    "1e5000",
    "12e03",
    ".",
    "-",
    "+",
    "-.",
    ".e1",
    "e1",
    "1e",
    "1e+",
    "0.1.2",
    "1.2.3",
    "0e0",
    "00.5",
    "00e1",
    "1:30",
    "1:30:00",
    "190:20:30.15",
    "0:0",
    "-1:30",
    ".inf",
    "-.inf",
    "+.inf",
    ".Inf",
    ".INF",
    ".iNf",
    ".nan",
    ".NaN",
    ".NAN",
    ".nAn",
    "inf",
    "infinity",
    "-Infinity",
    "nan",
    "0x1p-2",
    "0x1.8p1",
    "1e1_0",
    str(2**53),
    str(2**53 + 1),
    str(2**63 - 1),
    str(2**63),
    str(-(2**63)),
    str(-(2**63) - 1),
    str(2**64 - 1),
    str(2**64),
    "9" * 25,
    "9" * 308,
    "9" * 309,
    "0" + "7" * 22,
    "0" + "7" * 21,
    "0x" + "f" * 16,
    "0x1" + "0" * 16,
    "0b" + "1" * 64,
    "0b1" + "0" * 64,
    "-0x8000000000000000",
    "-0x8000000000000001",
    "0.1",
    "123456789.123456789",
    "1e21",
    "1e20",
    "1.7976931348623157e308",
    "1.7976931348623159e308",
    "5e-324",
    "2e-324",
    "0.000001",
    "1e-7",
    "100000000000000000000.5",
]
TIMES = [
    "2026-01-01",
    "2026-1-1",
    "2026-01-01T10:00:00Z",
    "2026-01-01 10:00:00",
    "2026-01-01t10:00:00.5+02:00",
    "2026-01-01 10:00:00 -5",
    "12:30",
    "12:30:45",
    "2026-13-45",
    "0001-01-01",
]
QUOTED = [
    '"y"',
    "'1'",
    '"\\x41"',
    '"\\u00e9"',
    '"a\\\nb"',
    "'it''s'",
    '""',
    "''",
    '"\\e\\0\\_\\N"',
    '"\\U0001f4a5"',
    "'a b'",
    '"\\q"',
]
TAGS = [
    "!!str ",
    "!!int ",
    "!!float ",
    "!!bool ",
    "!!null ",
    "!!binary ",
    "!!timestamp ",
    "!x ",
    "!!x ",
    "&a ",
    "!!str &a ",
]
CHARACTERS = "0123456789+-._eExXoObByYnN:~ aA"
PARTS = [
    "- ",
    "? ",
    "a: ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ": ",
    "*a",
    "&a ",
    "|\n  ",
    ">\n  ",
    "\n",
    "\n  ",
    "#",
    " #x",
    "'",
    '"',
    "---\n",
    "...\n",
    "%",
    "@",
    "`",
    "<<: ",
    "\t",
]
MERGED = ["*a", "[*a, {c: 1, a: 3}]", "[{b: 2}, *a]", "{a: x}", "{<<: *a, a: 5}", "x", "[x]", "~"]


def scalar(chance: random.Random) -> str:
    text = mostly(chance, chance.choice([WORDS, NUMBERS, NUMBERS, TIMES, QUOTED]), [*NUMBERS, *WORDS])
    match chance.randrange(10):
        case 0 | 1 | 2:
            return spoilt(chance, text, CHARACTERS)
        case 3:
            return "".join(chance.choice("0123456789._-+eExob:") for _ in range(chance.randrange(1, 7)))
        case _:
            return text


def tagged(chance: random.Random) -> str:
    return (chance.choice(TAGS) if chance.random() < 0.1 else "") + scalar(chance)


def mapping(chance: random.Random) -> str:
    """One, in a block, of scalars, now and then of collections of them, or of what is merged in."""
    if chance.random() < 0.05:
        return f"k0: &a {{a: {scalar(chance)}, b: 1}}\nk1:\n  a: 2\n  <<: {chance.choice(MERGED)}\n  b: 3\n"
    return "".join(f"{_key(chance, at)}: {_value(chance)}\n" for at in range(chance.choice([1, 2, 3])))


def _key(chance: random.Random, at: int) -> str:
    return scalar(chance) if chance.random() < 0.15 else f"k{at}"


def _value(chance: random.Random) -> str:
    match chance.randrange(12):
        case 0:
            return f"[{tagged(chance)}, {tagged(chance)}]"
        case 1:
            return f"{{{_key(chance, 0)}: {tagged(chance)}}}"
        case 2:
            return f"\n  - {tagged(chance)}\n  - {tagged(chance)}"
        case 3:
            return f"{chance.choice(['|', '>', '|-', '>+', '|2'])}\n  {scalar(chance)}\n   {scalar(chance)}\n"
        case _:
            return tagged(chance)


def torn(chance: random.Random) -> str:
    """A text of parts that need not fit."""
    text = mapping(chance)
    for _ in range(chance.randrange(3)):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(PARTS) + text[at:]
    return text

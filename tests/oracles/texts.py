"""Texts that are nearly, or just, what a grammar allows."""

import random
from collections.abc import Sequence
from typing import TypeVar

_Each = TypeVar("_Each")


def spoilt(chance: random.Random, text: str, characters: str) -> str:
    """With a character taken out, put in, put in place of another, or a part of it said twice."""
    at = chance.randrange(len(text) + 1)
    match chance.randrange(4):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + chance.choice(characters) + text[at:]
        case 2:
            return text[:at] + chance.choice(characters) + text[at + 1 :]
        case _:
            return text[: at + chance.randrange(4)] + text[at:]


def mostly(chance: random.Random, usual: Sequence[_Each], odd: Sequence[_Each]) -> _Each:
    return chance.choice(usual if chance.random() < 0.96 else odd)


def perhaps(chance: random.Random, share: float, text: str) -> str:
    return text if chance.random() < share else ""

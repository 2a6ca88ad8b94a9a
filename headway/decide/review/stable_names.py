"""Names that a chart makes anew on every render (randAlphaNum in metadata.name): they must not make two plans of one content.

Resources that only one of two renders has are paired in their order, kind by kind; the words that the names of a pair have in
common stand for both, such as "web-test-*".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

from headway.formats.manifests import Key, Resource

ANY = "*"


def unstable(rendered: Sequence[Resource], again: Sequence[Resource]) -> dict[Key, Key]:
    """By key of either render, the key that stands for both; empty where all names agree."""
    first, second = ({each.key for each in one} for one in (rendered, again))
    found: dict[Key, Key] = {}
    for one, other in _pairs(_only(rendered, second), _only(again, first)):
        general = one._replace(name=_common(one.name, other.name))
        found |= {one: general, other: general}
    return found


def generalised(resources: Iterable[Resource], names: Mapping[Key, Key]) -> tuple[Resource, ...]:
    """`resources` under the general keys; also those of former renders, whose names fit."""
    patterns = {*names.values()}
    return tuple(_general(each, names, patterns) for each in resources)


def _general(resource: Resource, names: Mapping[Key, Key], patterns: set[Key]) -> Resource:
    key = names.get(resource.key) or next((each for each in patterns if _fits(resource.key, each)), None)
    if key is None:
        return resource
    metadata = {**(resource.document.get("metadata") or {}), "name": key.name}
    return replace(resource, key=key, document={**resource.document, "metadata": metadata})


def _fits(key: Key, pattern: Key) -> bool:
    start, _, end = pattern.name.partition(ANY)
    same_place = key._replace(name="") == pattern._replace(name="")
    long_enough = len(key.name) > len(start) + len(end)
    return same_place and long_enough and key.name.startswith(start) and key.name.endswith(end)


def _only(resources: Sequence[Resource], others: set[Key]) -> list[Key]:
    return [each.key for each in resources if each.key not in others]


def _pairs(one: Iterable[Key], other: Iterable[Key]) -> list[tuple[Key, Key]]:
    left: dict[Key, list[Key]] = {}
    for key in other:
        left.setdefault(key._replace(name=""), []).append(key)
    waiting = ((key, left.get(key._replace(name=""))) for key in one)
    return [(key, others.pop(0)) for key, others in waiting if others]


def _common(one: str, other: str) -> str:
    """Whole words between dashes: a letter that both random parts begin with is a coincidence, and another one next time."""
    start = _shared(one, other)
    rest = min(len(one), len(other)) - len(start)
    end = _shared(one[::-1], other[::-1])[:rest][::-1]
    return f"{start[: start.rfind('-') + 1]}{ANY}{end[end.find('-') :] if '-' in end else ''}"


def _shared(one: str, other: str) -> str:
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return "".join(letter for letter, _ in pairs)

"""Names that a chart makes anew on every render (randAlphaNum in metadata.name): they must not make two plans of one content.

Resources that only one of two renders has are paired by what they hold, kind by kind; the words that the names of a pair have in
common stand for both, such as "web-test-*".
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, count, takewhile

from headway.formats.manifests import Key, Resource

ANY = "*"


def unstable(rendered: Sequence[Resource], again: Sequence[Resource]) -> dict[Key, Key]:
    """By key of either render, the key that stands for both; empty where all names agree. No two stand under one."""
    first, second = ({each.key for each in one} for one in (rendered, again))
    found: dict[Key, Key] = {}
    given: set[Key] = set()
    for one, other in _pairs(_only(rendered, second), _only(again, first)):
        general = _free(one._replace(name=_common(one.name, other.name)), given)
        given.add(general)
        found |= {one: general, other: general}
    return found


def renamed(resources: Iterable[Resource], names: Mapping[Key, Key]) -> tuple[Resource, ...]:
    """Resources of either render under the general keys."""
    return tuple(_under(each, names.get(each.key)) for each in resources)


def renamed_former(
    resources: Sequence[Resource], names: Mapping[Key, Key], rendered: Iterable[Resource]
) -> tuple[Resource, ...]:
    """Those of a former render, where a name fits a general one. What `rendered` has under the same name keeps it."""
    stays = {each.key for each in rendered}
    patterns = list(dict.fromkeys(names.values()))
    given: dict[Key, Key] = {}
    for key in _by_content(each for each in resources if each.key not in stays):
        fitting = [each for each in patterns if _fits(key, each)]
        if fitting:
            taken = {*given.values()}
            given[key] = next((each for each in fitting if each not in taken), None) or _free(
                fitting[0], taken
            )
    return renamed(resources, given)


def _under(resource: Resource, key: Key | None) -> Resource:
    if key is None:
        return resource
    metadata = {**(resource.document.get("metadata") or {}), "name": key.name}
    return replace(resource, key=key, document={**resource.document, "metadata": metadata})


def _free(key: Key, taken: set[Key]) -> Key:
    """`key`, or with a number behind it."""
    numbered = (key._replace(name=f"{key.name} ({number})") for number in count(2))
    return next(each for each in chain([key], numbered) if each not in taken)


def _by_content(resources: Iterable[Resource]) -> list[Key]:
    """Their own order follows their random names; what they hold does not."""

    def content(resource: Resource) -> str:
        text = json.dumps([resource.document, resource.events], sort_keys=True, default=str)
        return text.replace(resource.key.name, ANY) if resource.key.name else text

    return [each.key for each in sorted(resources, key=content)]


def _fits(key: Key, pattern: Key) -> bool:
    start, _, end = re.sub(r" \(\d+\)$", "", pattern.name).partition(ANY)
    same_place = key._replace(name="") == pattern._replace(name="")
    long_enough = len(key.name) > len(start) + len(end)
    return same_place and long_enough and key.name.startswith(start) and key.name.endswith(end)


def _only(resources: Sequence[Resource], others: set[Key]) -> list[Key]:
    return _by_content(each for each in resources if each.key not in others)


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

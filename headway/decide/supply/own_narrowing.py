"""Which tags an environment with rules of its own gets next, after some of them failed there together: halves, as in the first
environment, until the guilty stand alone. What failed is what its release record rejects, and nothing else is remembered.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from headway.decide.release.rejected_inputs import CONTENT, IMAGE
from headway.decide.supply import narrowing
from headway.decide.supply.narrowing import Offer, Set, Update
from headway.model.quarantine import Input


@dataclass(frozen=True, slots=True)
class OwnImage:
    """An image whose tag the environment keeps. Tags are empty where none is chosen."""

    service: str
    repository: str
    current: str
    newest: str
    """What its rule chooses, without tags that failed there alone."""
    former: str
    """The same, also without tags that were in a set that failed."""

    def at(self, tag: str) -> Input:
        return Input("image", self.repository, tag)


@dataclass(frozen=True, slots=True)
class OwnOffer:
    tags: Mapping[str, str] = field(default_factory=dict)
    """By key, of every image."""
    waiting: Mapping[str, str] = field(default_factory=dict)
    """Why the newest does not come, by key."""
    note: str = ""
    """For the commit's message; empty where all that may come in does."""


def rejected(sets: Iterable[Iterable[str]]) -> list[Set]:
    """Of the release record, with the digests of images that it knows."""
    return narrowing.minimal([inputs(one) for one in sets])


def inputs(recorded: Iterable[str]) -> Set:
    """As the release record has them."""
    return frozenset(map(_input, recorded))


def tags(known: Iterable[Set], repository: str, *, alone: bool = False) -> frozenset[str]:
    """Of an image that failed there, also in company, or `alone`: as <tag> and as <tag>@<digest>."""
    versions = [
        each.version
        for one in known
        if not alone or len(one) == 1
        for each in one
        if (each.kind, each.name) == (IMAGE, repository)
    ]
    return frozenset([*versions, *(each.partition("@")[0] for each in versions)])


def offer(
    images: Mapping[str, OwnImage],
    *,
    others: Set,
    known: Collection[Set],
    good: Iterable[Iterable[str]] = (),
    groups: Sequence[Collection[str]] = (),
    whole: str = "",
) -> OwnOffer:
    """`others`: all else that the environment would get; `known`: sets that failed there; `good`: inputs of what passed there,
    the newest first; `groups` and `whole` as in `narrowing.offer`."""
    named = {each.at(tag) for each in images.values() for tag in (each.current, each.newest)}
    known = narrowing.minimal([_as_in_git(one, named) for one in known])
    current = frozenset(each.at(each.current) for each in images.values())
    failed = frozenset[Input]().union(*(each for each in known if each <= others | current))
    base = {
        key: each.former if each.at(each.current) in failed else each.current for key, each in images.items()
    }
    new: dict[str, set[Input]] = {}
    for key, each in images.items():
        if each.newest != base[key]:
            new.setdefault(each.service, set()).add(each.at(each.newest))

    def narrowed(undecided: str = "") -> Offer:
        return narrowing.offer(
            [Update((service,), frozenset(its)) for service, its in new.items()],
            in_use=others | {each.at(base[key]) for key, each in images.items()},
            rejected=known,
            together=groups,
            whole=whole,
            undecided=undecided,
        )

    offered = narrowed()
    if offered.narrows and not failed:
        passed = [_as_in_git(inputs(one), named) for one in good]
        if not any(current <= each for each in passed):
            offered = narrowed(narrowing.named(current - passed[0] if passed else current))
    chosen = {
        key: each.newest if each.service in offered.services else base[key] for key, each in images.items()
    }
    waiting = {
        key: offered.waiting[each.service]
        for key, each in images.items()
        if each.service in offered.waiting and each.newest != chosen[key]
    }
    return OwnOffer(chosen, waiting, offered.note)


def _input(recorded: str) -> Input:
    kind, _, rest = recorded.partition(" ")
    name, _, version = rest.partition(" ")
    if kind == CONTENT:
        return Input("content", name, version)
    return Input("image" if kind == IMAGE else "chart", name, version)


def _as_in_git(inputs: Iterable[Input], named: Collection[Input]) -> Set:
    """Images by tag alone, unless git names them by their digest as well."""
    return frozenset(
        replace(each, version=each.version.partition("@")[0])
        if each.kind == IMAGE and each not in named
        else each
        for each in inputs
    )

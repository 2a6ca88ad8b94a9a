"""Which of the new inputs come in together, after some of them were rejected as a set: halves, until the guilty stand alone.

Nothing is remembered but the rejected sets themselves, each what differed from last good when a version failed. So a look
that was cut off is gone on with by the next one, and a person who removes a set from the quarantine has said all there is
to say. What was never in a rejected set does not wait for what was: it comes in first, and by itself.

Of a set whose other inputs run by now, nobody can tell whether the one that is left is guilty, or only in their company: it
waits, and comes in once more, by itself, when something newer takes the place of one of them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from headway.formats.counted import counted
from headway.model.quarantine import Input

Set = frozenset[Input]


@dataclass(frozen=True, slots=True)
class Update:
    """What is never split: the new inputs of one service, since code and chart travel together, or of services that share
    one of them, such as an image, or that headway.yaml declares `together`."""

    services: tuple[str, ...]
    inputs: Set


@dataclass(frozen=True, slots=True)
class Offer:
    """The updates that come into the next version; `waiting` says why of each service that does not."""

    updates: tuple[Update, ...] = ()
    waiting: Mapping[str, str] = field(default_factory=dict)
    narrows: bool = False
    """Inputs of a rejected set are among what may come in: one version after the other, each with its result."""
    note: str = ""
    """For the commit's message; empty where all that may come in does."""
    standing: tuple[tuple[Update, Set], ...] = ()
    """What is left of rejected sets whose other inputs are in use, each with its set."""

    @property
    def services(self) -> frozenset[str]:
        return frozenset(name for each in self.updates for name in each.services)


def offer(
    updates: Sequence[Update],
    *,
    in_use: Collection[Input],
    rejected: Collection[Set],
    together: Sequence[Collection[str]] = (),
    whole: str = "",
    undecided: str = "",
) -> Offer:
    """`updates` of single services, in the order of headway.yaml; `in_use`: what the application holds of all inputs.

    `rejected` sets count as long as none of them lies within another. `whole`: where no versions are made to find the guilty,
    what a person can do; then nothing of a rejected set comes in until something newer has taken the place of one of it.
    `undecided`: the version that holds what is in use, as long as nobody knows whether it is good: nothing of a rejected set
    comes in on top of it.
    """
    units = _units(updates, together)
    known = [each for each in minimal(rejected) if not each <= frozenset(in_use)]
    standing = {unit: found for unit in units if (found := _contained(known, _used(in_use, [unit])))}
    free = [unit for unit in units if unit not in standing]
    suspects = [unit for unit in free if any(unit.inputs & each for each in known)]
    fresh = [unit for unit in free if unit not in suspects]
    waiting = {name: _why_standing(unit, found) for unit, found in standing.items() for name in unit.services}
    left = tuple((unit, found) for unit, found in standing.items() if not found <= unit.inputs)
    narrowed = Offer(waiting=waiting, narrows=bool(suspects), standing=left)
    if not suspects:
        return _offered(narrowed, fresh)
    if fresh:
        why = "was in a version that failed; what was not comes in first"
        note = f"{counted(_count(fresh), 'new input')} that never failed, the others wait"
        return _offered(narrowed, fresh, suspects, why, note)
    if undecided:
        return _offered(narrowed, [], suspects, f"waits for the result of {undecided}")
    if whole:
        found = _contained(known, _used(in_use, suspects))
        if found is None:
            return _offered(narrowed, suspects)
        why = f"rejected as a set: {named(found)}; {whole}"
        return _offered(replace(narrowed, narrows=False), [], suspects, why)
    chosen = _half(suspects, known)
    others = [unit for unit in suspects if unit not in chosen]
    why = f"waits for the result of {' and '.join(name for unit in chosen for name in unit.services)}"
    note = f"{_count(chosen)} of {_count(suspects)} new inputs, the others wait for the result of this"
    return _offered(narrowed, chosen, others, why, note if others else "")


def minimal(sets: Collection[Set]) -> list[Set]:
    """Without those that hold another one: it explains them, and the rest of them is under no suspicion any more."""
    unique = list(dict.fromkeys(sets))
    return [each for each in unique if not any(other < each for other in unique)]


def named(inputs: Collection[Input]) -> str:
    return ", ".join(sorted(map(str, inputs)))


def _half(suspects: Sequence[Update], known: Sequence[Set]) -> list[Update]:
    """Of the smallest set, so that no other one lies within the half. What is alone of its set comes in alone."""
    parts = [[unit for unit in suspects if unit.inputs & each] for each in known]
    smallest = min(filter(None, parts), key=len)
    return smallest[: (len(smallest) + 1) // 2]


def _units(updates: Sequence[Update], together: Sequence[Collection[str]]) -> list[Update]:
    """In the order of the first service of each."""
    units: list[Update] = []
    taken: set[str | Input] = set()
    for update in updates:
        group = _group(update, together)
        alone = taken.isdisjoint(group) and taken.isdisjoint(update.inputs)
        taken.update(update.services, update.inputs)
        joined = [] if alone else [each for each in units if _is_one(each, update, group)]
        if not joined:
            units.append(update)
            continue
        parts = [*joined, update]
        whole = Update(
            tuple(name for each in parts for name in each.services),
            frozenset[Input]().union(*(each.inputs for each in parts)),
        )
        units = [whole if each is joined[0] else each for each in units if each not in joined[1:]]
    return units


def _group(update: Update, together: Sequence[Collection[str]]) -> Collection[str]:
    """Services that come in together with it."""
    return next((each for each in together if {*update.services} & {*each}), update.services)


def _is_one(unit: Update, update: Update, group: Collection[str]) -> bool:
    return bool({*unit.services} & {*group} or unit.inputs & update.inputs)


def _used(in_use: Collection[Input], units: Collection[Update]) -> Set:
    """What the application would hold with those updates."""
    new = frozenset[Input]().union(*(unit.inputs for unit in units))
    replaced = {(each.kind, each.name) for each in new}
    return new | {each for each in in_use if (each.kind, each.name) not in replaced}


def _contained(known: Sequence[Set], inputs: Set) -> Set | None:
    return next((each for each in known if each <= inputs), None)


def _why_standing(unit: Update, found: Set) -> str:
    if found <= unit.inputs:
        return f"rejected: {named(found)}; it waits for something newer"
    return f"rejected together with {named(found - unit.inputs)}, in use now; it waits for something newer"


def _count(units: Sequence[Update]) -> int:
    return sum(len(unit.inputs) for unit in units)


def _offered(
    narrowed: Offer, chosen: Sequence[Update], others: Sequence[Update] = (), why: str = "", note: str = ""
) -> Offer:
    waiting = {name: why for unit in others for name in unit.services}
    return replace(narrowed, updates=tuple(chosen), waiting={**narrowed.waiting, **waiting}, note=note)

"""One change on its way through registry, git, charts and environments: where it stands, what it waits for, why it stopped.

Every stage says so in a sentence, also where the system that would know did not answer. What was seen goes before what should be.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from headway.decide.review import delivery_environments, delivery_supply
from headway.decide.review.changes import UNSEEN
from headway.decide.review.delivery_facts import Facts, Stage, Standing, line_of
from headway.model.report import StageName


@dataclass(frozen=True, slots=True)
class Delivery:
    what: str
    stages: tuple[Stage, ...]
    sentence: str
    """Where it stands, in one line."""
    unknown: tuple[str, ...] = ()


def delivery(facts: Facts) -> Delivery:
    facts = _with_what_is_before(facts)
    stages = (*delivery_supply.stages(facts), *delivery_environments.stages(facts))
    unknown = [said for place in facts.places for said in place.trouble]
    if facts.prefect_unknown:
        unknown.append(facts.prefect_unknown)
    return Delivery(
        facts.change.what,
        stages,
        _where(stages),
        tuple(dict.fromkeys(unknown)),
    )


def _with_what_is_before(facts: Facts) -> Facts:
    """What is promoted into is no first environment: who looks at one cluster or namespace may not see that."""
    first = facts.places[0] if facts.places else None
    if first is None or not first.is_seen:
        return facts
    is_fed = first.way[:-1] if first.way else line_of(facts, StageName.PROMOTE, first.environment)
    if is_fed:
        return replace(facts, places=(UNSEEN, *facts.places))
    return facts


def _where(stages: Sequence[Stage]) -> str:
    """The stage that says where the change is: the one where it went back, else the first that it has not passed, else the
    last."""
    back = [each for each in stages if each.standing is Standing.WENT_BACK and each.environment]
    passed = (Standing.DONE, Standing.UNKNOWN)
    open_ones = [each for each in stages if each.standing not in passed]
    stands = (back or open_ones or stages[-1:])[0]
    return f"{stands.name}: {stands.sentence}"

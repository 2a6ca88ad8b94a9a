"""What a person takes back so that versions come in again: a hold, a freeze, or the rejection on a version.

Of hold and freeze one stands at a time. Somebody may have set another one since the person looked, and theirs is the later word.
"""

from dataclasses import replace
from datetime import datetime

from headway.decide.release import advice, standing_orders, transitions
from headway.errors import Refused
from headway.model.audit import Said
from headway.model.record import Freeze, Hold, Rejection, ReleaseRecord


def lifted(record: ReleaseRecord, what: str, said: Said, asked_at: datetime) -> ReleaseRecord:
    """The record without it. `what`: "hold", "freeze", or a version with a rejection; the audit says whose hold or freeze it was.

    Raises Refused where there is no such thing, naming what there is; for a hold or freeze that was set since `asked_at`; and
    for a version that was withdrawn where it was born: its inputs are under quarantine in git, and come back in a new version
    only. `said.at`: now, by the clock of `asked_at`. What is dated later was set by a clock that is ahead of that, nobody knows
    when: it would stand for minutes, whoever asks.
    """
    where = f"{record.application} in {record.environment}"
    if stands := _standing(record, what):
        if asked_at < stands.at <= said.at:
            raise Refused(
                f"{whose(record, what)}: it was set at {stands.at:%Y-%m-%dT%H:%M:%SZ}, since this was asked for",
                where=where,
                next_step=f"It stands. {advice.lift(record, what)} takes it back all the same.",
            )
        said = replace(said, why=f"{said.why}; it was {whose(record, what)}")
        return (standing_orders.hold_lifted if what == "hold" else standing_orders.thawed)(record, said)
    rejection = next((each for each in record.rejections if each.version == what), None)
    if rejection is None:
        raise Refused(f"there is no {what} to lift", where=where, next_step=_there_is(record))
    if rejection.was_withdrawn:
        raise Refused(f"{what} was withdrawn", where=where, next_step=_sentence(way_back(record, rejection)))
    return transitions.rejection_lifted(record, rejection.chart_digest, said)


def whose(record: ReleaseRecord, what: str) -> str:
    """Who set the hold or freeze that stands, and why; empty for anything else."""
    stands = _standing(record, what)
    return f"the {what} by {stands.by}: {stands.why}" if stands else ""


def _standing(record: ReleaseRecord, what: str) -> Hold | Freeze | None:
    return {"hold": record.hold, "freeze": record.freeze}.get(what)


def way_back(place: advice.Place, rejection: Rejection) -> str:
    """How what was rejected may come in after all: a command, or what a person does."""
    if not rejection.was_withdrawn:
        return advice.lift(place, rejection.version)
    if rejection.inputs:
        told = advice.quarantine(place.application)
        return f"its inputs come back in a new version, once they are allowed: {told} names the commands"
    return "mend it and push, and the next change gets a new version; to try it as it is, raise `version:` in its Chart.yaml"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _there_is(record: ReleaseRecord) -> str:
    found = [
        *(["hold"] if record.hold else []),
        *(["freeze"] if record.freeze else []),
        *(rejection.version for rejection in record.rejections if not rejection.was_withdrawn),
    ]
    if found:
        return f"There is: {', '.join(advice.lift(record, each) for each in found)}."
    withdrawn = next((each for each in record.rejections if each.was_withdrawn), None)
    if withdrawn:
        return f"There is nothing to lift; {withdrawn.version} was withdrawn: {way_back(record, withdrawn)}."
    return "There is nothing to lift: no hold, no freeze, no barred version."

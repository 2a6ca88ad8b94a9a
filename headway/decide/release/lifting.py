"""What a person takes back so that versions come in again: a hold, a freeze, or the rejection on a version."""

from headway.decide.release import advice, standing_orders, transitions
from headway.errors import Refused
from headway.model.audit import Said
from headway.model.record import Rejection, ReleaseRecord


def lifted(record: ReleaseRecord, what: str, said: Said) -> ReleaseRecord:
    """The record without it. `what`: "hold", "freeze", or a version with a rejection.

    Raises Refused where there is no such thing, naming what there is; and for a version that was withdrawn where it was
    born: its inputs are under quarantine in git, and come back in a new version only.
    """
    where = f"{record.application} in {record.environment}"
    if what == "hold" and record.hold:
        return standing_orders.hold_lifted(record, said)
    if what == "freeze" and record.freeze:
        return standing_orders.thawed(record, said)
    rejection = next((each for each in record.rejections if each.version == what), None)
    if rejection is None:
        raise Refused(f"there is no {what} to lift", where=where, next_step=_there_is(record))
    if rejection.was_withdrawn:
        raise Refused(f"{what} was withdrawn", where=where, next_step=_sentence(way_back(record, rejection)))
    return transitions.rejection_lifted(record, rejection.chart_digest, said)


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

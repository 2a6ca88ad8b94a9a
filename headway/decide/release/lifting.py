"""What a person takes back so that versions come in again: a hold, a freeze, or the rejection on a version."""

from headway.decide.release import advice, transitions
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
        return transitions.lifted(record, said)
    if what == "freeze" and record.freeze:
        return transitions.thawed(record, said)
    rejection = next((each for each in record.rejections if each.version == what), None)
    if rejection is None:
        raise Refused(f"there is no {what} to lift", where=where, next_step=_there_is(record))
    if was_withdrawn(rejection):
        raise Refused(
            f"{what} was withdrawn",
            where=where,
            next_step="Its inputs come back in a new version, by "
            f"{advice.allow(record)} for each that .headway/quarantine.yaml bars.",
        )
    return transitions.rejection_lifted(record, rejection.chart_digest, said)


def was_withdrawn(rejection: Rejection) -> bool:
    """Where it was born: nothing lifts that."""
    return "repository" in rejection.propagated_to


def _there_is(record: ReleaseRecord) -> str:
    found = [
        *(["hold"] if record.hold else []),
        *(["freeze"] if record.freeze else []),
        *(rejection.version for rejection in record.rejections if not was_withdrawn(rejection)),
    ]
    commands = ", ".join(advice.lift(record, each) for each in found)
    return (
        f"There is: {commands}."
        if commands
        else "There is nothing to lift: no hold, no freeze, no barred version."
    )

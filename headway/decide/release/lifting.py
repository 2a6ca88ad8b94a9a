"""What a person takes back so that versions come in again: a hold, a freeze, or the rejection on a version."""

from headway.decide.release import transitions
from headway.errors import Refused
from headway.model.record import ReleaseRecord


def lifted(record: ReleaseRecord, what: str) -> ReleaseRecord:
    """The record without it. `what`: "hold", "freeze", or a version with a rejection.

    Raises Refused where there is no such thing, naming what there is; and for a version that was withdrawn where it was
    born: its inputs are under quarantine in git, and come back in a new version only.
    """
    where = f"{record.application} in {record.environment}"
    if what == "hold" and record.hold:
        return transitions.lifted(record)
    if what == "freeze" and record.freeze:
        return transitions.thawed(record)
    rejection = next((each for each in record.rejections if each.version == what), None)
    if rejection is None:
        raise Refused(f"there is no {what} to lift", where=where, next_step=f"There is: {_there_is(record)}.")
    if "repository" in rejection.propagated_to:
        raise Refused(
            f"{what} was withdrawn",
            where=where,
            next_step="Remove its line from .headway/quarantine.yaml: its inputs then come in a new version.",
        )
    return transitions.rejection_lifted(record, rejection.chart_digest)


def _there_is(record: ReleaseRecord) -> str:
    found = [
        *(["hold"] if record.hold else []),
        *(["freeze"] if record.freeze else []),
        *(rejection.version for rejection in record.rejections),
    ]
    return ", ".join(found) or "nothing"

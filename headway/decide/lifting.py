"""What a person takes back so that versions come in again: a hold, a freeze, or the verdict on a version."""

from headway.decide import release_record
from headway.errors import Refused
from headway.model.record import ReleaseRecord


def lifted(record: ReleaseRecord, what: str) -> ReleaseRecord:
    """The record without it. `what`: "hold", "freeze", or a version with a verdict.

    Raises Refused where there is no such thing, naming what there is; and for a version that was withdrawn where it was
    born: its inputs are under quarantine in git, and come back in a new version only.
    """
    where = f"{record.application} in {record.environment}"
    if what == "hold" and record.hold:
        return release_record.lifted(record)
    if what == "freeze" and record.freeze:
        return release_record.thawed(record)
    verdict = next((each for each in record.verdicts if each.version == what), None)
    if verdict is None:
        raise Refused(f"there is no {what} to lift", where=where, next_step=f"There is: {_there_is(record)}.")
    if "repository" in verdict.carried:
        raise Refused(
            f"{what} was withdrawn",
            where=where,
            next_step="Remove its line from .headway/quarantine.yaml: its inputs then come in a new version.",
        )
    return release_record.pardoned(record, verdict.chart_digest)


def _there_is(record: ReleaseRecord) -> str:
    found = [
        *(["hold"] if record.hold else []),
        *(["freeze"] if record.freeze else []),
        *(verdict.version for verdict in record.verdicts),
    ]
    return ", ".join(found) or "nothing"

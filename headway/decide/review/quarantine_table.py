"""What is barred of an application, by whom, since when and why, and which command lets it come again."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from headway.decide.release import advice, lifting, rejected_inputs
from headway.model.audit import HEADWAY
from headway.model.quarantine import Input, QuarantinedInput
from headway.model.record import Rejection, ReleaseRecord

_INPUTS_COME = (
    "it stays withdrawn; its inputs come in a new version, but for those that have a line of their own here"
)
TITLES = ("BARRED", "SINCE", "BY", "ALLOW", "WHY")


@dataclass(frozen=True, slots=True)
class Barred:
    """An input, or a version in one environment."""

    what: str
    """`IMAGE:TAG`, `CHART:VERSION`, or the version of an environment."""
    together_with: tuple[str, ...]
    """Nothing is barred but all of them at once; of a version, what it was rejected for."""
    since: datetime
    by: str
    reason: str
    environment: str
    """Where it failed; empty where a person barred it without one."""
    allow: str
    """The command, or what else lets it come again."""


def of_repository(application: str, quarantined: Iterable[QuarantinedInput]) -> list[Barred]:
    """Inputs, in the order of the file."""
    return [_input(application, each) for each in quarantined]


def of_record(record: ReleaseRecord, quarantined: Iterable[QuarantinedInput] | None = None) -> list[Barred]:
    """Versions that are barred in its environment and in those that it feeds, but for what an input is `quarantined` for; None:
    what is quarantined is not known."""
    told = {each.digest for each in quarantined or ()}
    return [
        _version(record, each, inputs_known=quarantined is not None)
        for each in record.rejections
        if each.chart_digest not in told
    ]


def rows(barred: Sequence[Barred]) -> list[tuple[str, ...]]:
    """Titles first."""
    return [TITLES, *map(_row, barred)]


def values(barred: Barred) -> dict[str, Any]:
    return asdict(barred)


def sentence(barred: Barred) -> str:
    """For whoever asks of that one alone."""
    what, _, by, allow, why = _row(barred)
    since = f"{barred.since:%Y-%m-%d %H:%M} UTC"
    if not barred.together_with:
        return f"{what} is barred since {since} by {by}: {why}. To let it come again: {allow}"
    return (
        f"{what} are barred together since {since} by {by}, none of them alone: {why}. "
        f"To let all of them come at once: {allow}"
    )


def of_tags(
    application: str, repository: str, tags: Container[str], quarantined: Iterable[QuarantinedInput]
) -> list[Barred]:
    """What is barred that holds one of these `tags` of the image `repository`, alone or with others."""
    return [
        _input(application, each)
        for each in quarantined
        if any(
            (one.kind, one.name) == ("image", repository) and one.version.partition("@")[0] in tags
            for one in each.inputs
        )
    ]


def _input(application: str, each: QuarantinedInput) -> Barred:
    by, reason = HEADWAY, each.reason
    if not each.environment and not each.digest:
        # As headway.decide.supply.barring writes what a person says.
        said, _, why = reason.partition(": ")
        by, reason = (said, why) if why else ("a person", reason)
    what = _reference(each.itself)
    allow = advice.allow_input(application, what)
    company = tuple(map(_reference, each.company))
    return Barred(what, company, each.since, by, reason, each.environment, allow)


def _reference(barred: Input) -> str:
    return str(barred) if barred.kind == "content" else f"{barred.name}:{barred.version}"


def _version(record: ReleaseRecord, rejection: Rejection, *, inputs_known: bool) -> Barred:
    entry = next(
        (each for each in record.audit if (each.kind, each.digest) == ("barred", rejection.chart_digest)),
        None,
    )
    inputs = (rejected_inputs.in_words(rejection.inputs),) if rejection.inputs else ()
    return Barred(
        rejection.version,
        inputs,
        rejection.at,
        entry.by if entry else HEADWAY,
        rejection.reason,
        record.environment,
        _INPUTS_COME
        if inputs_known and rejection.was_withdrawn and rejection.inputs
        else lifting.way_back(record, rejection),
    )


def _row(barred: Barred) -> tuple[str, ...]:
    company = f" with {', '.join(barred.together_with)}" if barred.together_with else ""
    place = f"in {barred.environment}: " if barred.environment else ""
    since = f"{barred.since:%Y-%m-%dT%H:%M:%SZ}"
    cells = (f"{barred.what}{company}", since, barred.by, barred.allow, f"{place}{barred.reason}")
    return tuple(" ".join(cell.split()) or "-" for cell in cells)

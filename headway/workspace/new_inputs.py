"""Which of the new inputs come into the application next: what was rejected as a set, in parts, each with its result."""

from collections.abc import Sequence
from dataclasses import dataclass

from headway.decide.supply import narrowing, own_scalars, standing
from headway.decide.supply.narrowing import Offer, Update
from headway.errors import HeadwayError
from headway.formats import quarantine
from headway.model.edits import Edit
from headway.model.quarantine import Input
from headway.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class NewInputs:
    offer: Offer
    barring: Edit
    """What the quarantine is to say of what is left of a set."""


def offered(workspace: Workspace, updates: Sequence[Update]) -> NewInputs:
    """`updates` of single services, in the order of headway.yaml. The release record is read only where it is asked for.

    Raises BadInput.
    """
    source, application = workspace.source, workspace.application
    rejected = quarantine.rejected_sets(source.quarantine)
    in_use: frozenset[Input] = frozenset()
    if rejected and updates:
        in_use = own_scalars.inputs(source.files, application)
    if any(each.kind == "content" for found in rejected for each in found) and updates:
        in_use |= {source.content}

    def offer(undecided: str = "") -> Offer:
        return narrowing.offer(
            updates,
            in_use=in_use,
            rejected=rejected,
            together=application.together,
            halves=workspace.environment(application.first_environment).gate == "automatic",
            undecided=undecided,
        )

    found = offer()
    barring = standing.edit(source.files.quarantine, found.standing) if found.standing else Edit({}, "")
    if (found.narrows or barring.files) and (undecided := _undecided(workspace)):
        return NewInputs(offer(undecided), Edit({}, ""))
    return NewInputs(found, barring)


def _undecided(workspace: Workspace) -> str:
    """The version that the application holds, where nobody knows yet whether it is good; else empty."""
    version = workspace.source.files.chart_yaml.version
    try:
        record = workspace.record(workspace.application.first_environment)
    except HeadwayError as error:
        return f"{version}, which cannot be read ({error})"
    good = {each.version for each in record.good} if record else set()
    rejected = {each.version for each in record.rejections} if record else set()
    return "" if version in good | rejected else version

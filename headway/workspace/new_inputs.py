"""Which of the new inputs come into the application next. What was rejected as a set comes in parts, one after another, each
with a result of its own."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from headway.decide.supply import narrowing, own_scalars, service_charts, service_readiness, standing
from headway.decide.supply.image_policies import ImageChoice
from headway.decide.supply.narrowing import Offer, Update
from headway.decide.supply.service_readiness import Moving, ServiceUpdate
from headway.errors import HeadwayError
from headway.formats import quarantine
from headway.model.edits import Edit
from headway.model.quarantine import Input
from headway.workspace.service_look import ServiceLook
from headway.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class NewInputs:
    offer: Offer
    barring: Edit
    """The edit of the quarantine, for what is left of a set."""
    waits_for: str = ""
    """The version that the application holds, where what was rejected waits for its result; empty too where the record does
    not tell whether there is one."""


def service_update(seen: ServiceLook) -> ServiceUpdate:
    """What of a service may come in, as far as its own image and chart go."""
    chart = seen.chart
    if seen.tags_in_chart:
        moves = chart.new is not None and seen.branch.history.place(chart.new.commit) is not None
        return ServiceUpdate(False, moves, "its chart holds its image" if moves else "nothing new")
    current_chart = chart.current.commit if chart.current else None
    new_chart = chart.new.commit if chart.new else None
    own = _moving(seen.image)
    if seen.more:
        more = {key: _moving(each) for key, each in seen.more.items()}
        return service_readiness.all_together(
            seen.branch.history, own, more, current_chart=current_chart, new_chart=new_chart
        )
    return service_readiness.together(
        seen.branch.history,
        current_image=own.current,
        new_image=own.new,
        current_chart=current_chart,
        new_chart=new_chart,
    )


def _moving(choice: ImageChoice) -> Moving:
    return Moving(
        choice.current.commit if choice.current else None, choice.build.commit if choice.build else None
    )


def tags_of(look: ServiceLook, update: ServiceUpdate) -> dict[str, str]:
    """The tags that may come in, by key of the image."""
    keys = {*([look.name] if update.image else ()), *update.more}
    return {key: each.build.tag for key, each in look.images.items() if key in keys and each.build}


def inputs_of(workspace: Workspace, look: ServiceLook, update: ServiceUpdate) -> Update:
    """What of a service may come in, as inputs of the application; empty where nothing is new."""
    chart = service_charts.chart_name(workspace.source.files.chart_yaml, look.name)
    found = set()
    for key, tag in tags_of(look, update).items():
        found.add(Input("image", workspace.application.images[key].repository, tag))
    if update.chart and look.chart.new:
        found.add(Input("chart", chart, look.chart.new.version))
    return Update((look.name,), frozenset(found))


def waits_for(workspace: Workspace) -> str:
    """The version whose result others wait for, at the head as it is now; see NewInputs. A service that cannot be looked at is
    passed over. Raises BadInput."""
    if not quarantine.rejected_sets(workspace.source.quarantine):
        return ""
    new = []
    for name in workspace.application.services:
        with suppress(HeadwayError):
            look = workspace.services.look(name, workspace.source)
            new.append(inputs_of(workspace, look, service_update(look)))
    return offered(workspace, [each for each in new if each.inputs]).waits_for


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
            whole=whole(workspace, application.first_environment),
            undecided=undecided,
        )

    found = offer()
    barring = standing.edit(source.files.quarantine, found.standing) if found.standing else Edit({}, "")
    if (found.narrows or barring.files) and (undecided := _undecided(workspace)):
        return NewInputs(offer(undecided.why), Edit({}, ""), undecided.version)
    return NewInputs(found, barring)


def whole(workspace: Workspace, environment: str) -> str:
    """Why a set that was rejected in that environment comes in whole or not at all: each part of it would be a version that a
    person has to make, or to approve. Empty where it may come in parts."""
    if workspace.application.version == "manual":
        return (
            "a person raises the version (version: manual): commit a part of it by hand together with a higher `version:` in "
            "Chart.yaml; else it waits for something newer"
        )
    gated = workspace.environment(environment).gate != "automatic"
    return "it waits for something newer" if gated else ""


@dataclass(frozen=True, slots=True)
class _Undecided:
    why: str
    version: str = ""


def _undecided(workspace: Workspace) -> _Undecided | None:
    """The version that the application holds, as long as it is neither good nor rejected; None once it is."""
    version = workspace.source.files.chart_yaml.version
    try:
        record = workspace.record(workspace.application.first_environment)
    except HeadwayError as error:
        return _Undecided(f"{version}, which cannot be read ({error})")
    good = {each.version for each in record.good} if record else set()
    rejected = {each.version for each in record.rejections} if record else set()
    return None if version in good | rejected else _Undecided(version, version)

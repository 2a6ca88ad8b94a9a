"""Choose the tags that environments keep for themselves; `update_application` commits them with all else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from headway.errors import HeadwayError
from headway.model.report import StageName, StageResult
from headway.workspace import own_choices
from headway.workspace.own_choices import OwnChoices
from headway.workspace.workspace import Workspace

STAGE = StageName.UPDATE_APPLICATION


@dataclass(slots=True)
class OwnTags:
    lines: list[StageResult] = field(default_factory=list)
    chosen: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """New ones, by environment and key of the image."""
    notes: list[str] = field(default_factory=list)
    """For the commit's message."""


def choose(workspace: Workspace) -> OwnTags:
    """An environment whose record cannot be read keeps what it has, for nobody knows what failed there; an image that cannot
    be looked at holds up no other."""
    found, application = OwnTags(), workspace.application
    for environment, said in application.environments.items():
        if not said.keeps_tags:
            continue
        try:
            seen = own_choices.choices(workspace, environment)
        except HeadwayError as error:
            found.lines.append(
                StageResult.of_error(STAGE, environment, "its tags are left as they are", error)
            )
            continue
        found.lines += _lines(environment, seen)
        found.notes += [f"{environment}: {seen.offer.note}"] if seen.offer.note else []
        if seen.moves:
            found.chosen[environment] = seen.moves
    return found


def _lines(environment: str, seen: OwnChoices) -> Iterator[StageResult]:
    for key, error in seen.unread.items():
        yield StageResult.of_error(STAGE, f"{key} in {environment}", "could not be looked at", error)
    for key, choice in seen.newest.items():
        what = f"image {seen.moves[key]}" if key in seen.moves else "left as it is"
        why = choice.why
        if waiting := seen.offer.waiting.get(key):
            newest = f"image {choice.build.tag if choice.build else seen.current[key]} waits"
            what, why = (f"{what}, {newest}" if key in seen.moves else newest), waiting
        yield StageResult(STAGE, f"{key} in {environment}", what, why)

"""Choose the tags that environments keep for themselves; `update_application` commits them with all else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from headway.errors import HeadwayError
from headway.model.report import StageName, StageResult
from headway.workspace.workspace import Workspace

STAGE = StageName.UPDATE_APPLICATION


@dataclass(slots=True)
class OwnTags:
    lines: list[StageResult] = field(default_factory=list)
    chosen: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """New ones, by environment and key of the image."""


def choose(workspace: Workspace) -> OwnTags:
    """An environment whose record cannot be read keeps what it has, for nobody knows what failed there; an image that cannot
    be looked at holds up no other."""
    found, application = OwnTags(), workspace.application
    for environment, said in application.environments.items():
        if not said.keeps_tags:
            continue
        try:
            record = workspace.record(environment)
        except HeadwayError as error:
            found.lines.append(
                StageResult.of_error(STAGE, environment, "its tags are left as they are", error)
            )
            continue
        tags = {}
        for key in application.own_images(environment):
            subject = f"{key} in {environment}"
            try:
                choice, _, _ = workspace.services.explain_own(key, workspace.source, environment, record)
            except HeadwayError as error:
                found.lines.append(StageResult.of_error(STAGE, subject, "could not be looked at", error))
                continue
            if choice.build:
                tags[key] = choice.build.tag
            what = f"image {choice.build.tag}" if choice.build else "left as it is"
            found.lines.append(StageResult(STAGE, subject, what, choice.why))
        if tags:
            found.chosen[environment] = tags
    return found

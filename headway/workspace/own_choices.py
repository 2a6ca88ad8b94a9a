"""Which tags an environment that keeps tags of its own gets next: those that its rules choose; of a set that failed there, one
part after another."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from headway.decide.supply import feeding, own_narrowing, own_scalars, own_tags
from headway.decide.supply.image_policies import ImageChoice
from headway.decide.supply.narrowing import Set
from headway.decide.supply.own_narrowing import OwnImage, OwnOffer
from headway.errors import BadInput, HeadwayError
from headway.workspace import new_inputs, own_view
from headway.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class OwnChoices:
    """By key of the image."""

    newest: Mapping[str, ImageChoice]
    """What the rule chooses, without tags that failed alone."""
    unread: Mapping[str, HeadwayError]
    """Images that could not be looked at."""
    current: Mapping[str, str]
    offer: OwnOffer

    @property
    def moves(self) -> Mapping[str, str]:
        return {key: tag for key, tag in self.offer.tags.items() if tag != self.current.get(key)}


def choices(workspace: Workspace, environment: str) -> OwnChoices:
    """The choices for an environment. Raises BadInput, and Unreachable also where its record cannot be read, which tells what
    failed there."""
    source, images = workspace.source, workspace.application.own_images(environment)
    record = workspace.record(environment)
    known = own_narrowing.rejected(workspace.failed_sets(environment, record))
    newest: dict[str, ImageChoice] = {}
    former: dict[str, ImageChoice] = {}
    unread: dict[str, HeadwayError] = {}
    for key, image in images.items():
        alone = own_narrowing.tags(known, image.repository, alone=True)
        every = own_narrowing.tags(known, image.repository)
        try:
            newest[key], _, _ = workspace.services.explain_own(key, source, environment, alone)
            former[key] = newest[key]
            if every != alone:
                former[key], _, _ = workspace.services.explain_own(key, source, environment, every)
        except HeadwayError as error:
            newest.pop(key, None)
            unread[key] = error
    current = _current(workspace, environment)
    seen = {
        key: OwnImage(
            images[key].service,
            images[key].repository,
            current.get(key, ""),
            _tag(choice, current.get(key, "")),
            _tag(former[key], current.get(key, "")),
        )
        for key, choice in newest.items()
    }
    others = _others(workspace, environment, current, seen, known)

    good = [each.inputs for each in record.good] if record else []
    offer = own_narrowing.offer(
        seen,
        others=others,
        known=known,
        good=good,
        groups=workspace.application.together,
        whole=new_inputs.whole(workspace, environment),
    )
    return OwnChoices(newest, unread, current, offer)


def _tag(choice: ImageChoice, current: str) -> str:
    return choice.build.tag if choice.build else current


def _current(workspace: Workspace, environment: str) -> dict[str, str]:
    """Tags as git has them, also of images that cannot be looked at."""
    found = {}
    source, application = workspace.source, workspace.application
    for key in application.own_images(environment):
        with suppress(BadInput):
            found[key] = own_tags.tag(source.files, application, environment, key)
    return found


def _others(
    workspace: Workspace,
    environment: str,
    current: Mapping[str, str],
    seen: Mapping[str, OwnImage],
    known: list[Set],
) -> Set:
    """All else that the environment would get; of the application's own content what the newest version has, as the record
    knows it too."""
    if not known:
        return frozenset()
    found = own_scalars.inputs(workspace.source.files, workspace.application, current)
    found -= {each.at(each.current) for each in seen.values()}
    if any(each.kind == "content" for one in known for each in one):
        found |= _content(workspace, environment)
    return found


def _content(workspace: Workspace, environment: str) -> Set:
    first = workspace.application.first_environment
    entry = feeding.newest(workspace.chart_repository(first).entries(workspace.chart_name))
    if entry is None:
        return frozenset()
    view = own_view.of(entry, workspace.package(first, entry), workspace.application, environment)
    held = own_narrowing.inputs(view.inputs)
    return frozenset(each for each in held if each.kind == "content")

"""What registries say of the images of a revision: labels, and what was attached to them. Anonymously, and only where somebody
asks for it: an answer that does not come is a sentence, no error.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import wait
from dataclasses import replace
from functools import partial

from headway.clients import beside
from headway.clients.registry import Registry
from headway.errors import HeadwayError
from headway.model.images import ImageFacts
from headway.model.release_history import HistoryImage, ReleaseHistory

_AT_ONCE = 8
LIMIT = 200
"""Images that are asked about."""
READ_LIMIT = 10
"""Of what is attached to one image, so many are read."""
Facts = Mapping[str, ImageFacts | str]
"""By reference; a sentence where they are not known."""


def of(
    images: Iterable[HistoryImage],
    registry: Registry | None = None,
    *,
    seconds: float | None = None,
    may_ask: Callable[[str], bool] = lambda _: True,
    attached: bool = False,
) -> Facts:
    """What is said of each image: of the digest, where the package recorded one, since that is what runs, whatever the tag
    names now. `seconds`: for all of them; an answer that is late is a sentence. `may_ask`: whether a repository's registry may
    be asked. `attached`: also what is attached, in a few words."""
    registry = registry or Registry()
    asked = list({each.reference: each for each in images}.values())[:LIMIT]

    def one(image: HistoryImage) -> ImageFacts | str:
        try:
            if not may_ask(image.repository):
                return f"{image.reference}: its registry was not asked: it is none of those that are asked"
            named = image.digest or image.tag
            return registry.facts(image.repository, named, read=READ_LIMIT if attached else 0)
        except HeadwayError as error:
            return f"{image.reference}: its registry does not tell: {error}"

    under_way = beside.begun({each.reference: partial(one, each) for each in asked}, _AT_ONCE, "images")
    wait(under_way.values(), timeout=seconds)
    return {
        name: f"{name}: its registry takes long to answer"
        if each.cancel() or not each.done()
        else each.result()
        for name, each in under_way.items()
    }


def with_commits(
    histories: Sequence[ReleaseHistory], unknown: list[str], registry: Registry | None = None
) -> list[ReleaseHistory]:
    """The images, with the commits that their labels name where their tags name none. `unknown` gains a sentence for each
    image that could not be asked about."""
    missing = [
        image
        for history in histories
        for entry in history.entries
        for image in entry.images
        if not image.commit
    ]
    facts = of(missing, registry)
    unknown += [each for each in facts.values() if isinstance(each, str)]

    def told(image: HistoryImage) -> HistoryImage:
        said = facts.get(image.reference)
        return (
            replace(image, commit=said.revision)
            if isinstance(said, ImageFacts) and not image.commit
            else image
        )

    return [
        replace(
            history,
            entries=tuple(replace(entry, images=tuple(map(told, entry.images))) for entry in history.entries),
        )
        for history in histories
    ]

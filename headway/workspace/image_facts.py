"""What registries say of the images of a revision: labels, and what was attached to them. Anonymously, and only where somebody
asks for it: an answer that does not come is a sentence, no error.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from headway.clients.registry import Registry
from headway.errors import HeadwayError
from headway.model.images import ImageFacts
from headway.model.release_history import HistoryImage, ReleaseHistory

_AT_ONCE = 8
LIMIT = 200
"""Images that are asked about."""
Facts = Mapping[str, ImageFacts | str]
"""By reference; a sentence where they are not known."""


def of(images: Iterable[HistoryImage], registry: Registry | None = None) -> Facts:
    """By digest where the package recorded one: that is what runs, whatever the tag names now."""
    registry = registry or Registry()
    asked = list({each.reference: each for each in images}.values())[:LIMIT]

    def one(image: HistoryImage) -> ImageFacts | str:
        try:
            return registry.facts(image.repository, image.digest or image.tag)
        except HeadwayError as error:
            return f"{image.reference}: what its registry says of it is not known: {error}"

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return {image.reference: said for image, said in zip(asked, pool.map(one, asked), strict=True)}


def with_commits(
    histories: Sequence[ReleaseHistory], unknown: list[str], registry: Registry | None = None
) -> list[ReleaseHistory]:
    """The same, with the commits that labels name of images whose tag names none; `unknown` gains a sentence for each that could
    not be asked."""
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

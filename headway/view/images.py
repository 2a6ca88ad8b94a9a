"""What registries say of the images of a revision: a part of its page that comes later, so that none keeps a page waiting."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response

from headway.clients.clock import elapsing
from headway.decide.review import image_facts_text
from headway.model.images import ImageFacts
from headway.model.release_history import HistoryImage
from headway.view import pages
from headway.view.access import Known
from headway.view.base import View, about, release_of
from headway.view.histories import entry_of

LIVES_SECONDS = 120.0
KEPT = 500


SaidOfImages = Mapping[str, ImageFacts | str]
"""By reference; a sentence where they are not known."""
AskImages = Callable[[Iterable[HistoryImage], Callable[[str], bool]], SaidOfImages]
"""What registries say of images, within seconds; of those alone whose repository may be asked about. Raises nothing."""


def nobody(images: Iterable[HistoryImage], _: Callable[[str], bool]) -> SaidOfImages:
    """Where no registry is asked at all."""
    return {each.reference: f"{each.reference}: no registry is asked" for each in images}


@dataclass
class KnownImages:
    ask: AskImages = nobody
    _read: dict[tuple[str, str], tuple[float, ImageFacts]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, view: View, images: tuple[HistoryImage, ...]) -> SaidOfImages:
        with self._lock:
            known: dict[str, ImageFacts | str] = {
                each.reference: read[1]
                for each in images
                if (read := self._read.get(key_of(each))) and elapsing() < read[0] + LIVES_SECONDS
            }
        asked = [each for each in images if each.reference not in known]
        if asked:
            found = self.ask(asked, view.may_ask)
            with self._lock:
                for each in asked:
                    said = found.get(each.reference)
                    if isinstance(said, ImageFacts):
                        self._read[key_of(each)] = elapsing(), said
                while len(self._read) > KEPT:
                    self._read.pop(next(iter(self._read)))
            known |= found
        return {each.reference: known[each.reference] for each in images if each.reference in known}


def key_of(image: HistoryImage) -> tuple[str, str]:
    return image.reference, image.digest


def show_images(view: View, request: Request, known: Known, images: KnownImages) -> Response:
    found = release_of(view, request, known)
    entry, _ = entry_of(view, found, request.path_params["revision"])
    facts = images.of(view, entry.images)
    return pages.page(
        "images.html",
        **about(view, known, found),
        entry=entry,
        images=[
            (name, said, [image_facts_text.attachment(each) for each in said.referrers])
            for name, said in facts.items()
            if isinstance(said, ImageFacts)
        ],
        unknown=[said for said in facts.values() if isinstance(said, str)],
    )

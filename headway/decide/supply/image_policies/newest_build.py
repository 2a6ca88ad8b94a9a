"""newest-build: the image that was built last, as its configuration or a label of it says."""

from dataclasses import dataclass

from headway.decide.supply.image_policies import matching, ordered
from headway.decide.supply.image_policies.ordered import Key, NoPlace, Order
from headway.decide.supply.image_policies.policy import (
    ImageChoice,
    ImagesWanted,
    Ruling,
    SeenTags,
    Wanted,
)
from headway.formats import tag_date
from headway.model.image_policy import NEWEST_BUILD
from headway.model.image_policy import ImagePolicy as Declared

IMAGES_LIMIT = 200
"""Whose configurations are read; a registry is asked for each."""


@dataclass(frozen=True, slots=True)
class NewestBuild:
    """By the time in the configuration, or by `label`, which holds a number or a time (RFC 3339).

    What says neither has no place. An image in use that says nothing is newer and older than none: nothing is chosen then.
    """

    declared: Declared

    def select(self, seen: SeenTags) -> ImageChoice | Wanted:
        found = self._matching(seen)
        if len(found) > IMAGES_LIMIT:
            rule = self.declared.match or "any name"
            return ordered.undecided(
                seen,
                f"{len(found)} tags match {rule}, and the images of {IMAGES_LIMIT} are read; narrow `match`",
            )
        if wanted := tuple(tag for tag in found if tag not in seen.images):
            return ImagesWanted(wanted)
        kinds = {key[0] for tag in found if isinstance(key := self._read(tag, seen), tuple)}
        if len(kinds) > 1:
            return ordered.undecided(
                seen,
                f"label {self.declared.label} holds numbers in some images, and times in others",
            )
        return self._order().select(seen)

    def rulings(self, seen: SeenTags) -> tuple[Ruling, ...]:
        return self._order().rulings(seen)

    def _order(self) -> Order:
        what = f"has the highest {self.declared.label}" if self.declared.label else "was built last"
        return Order(what, self._read)

    def _matching(self, seen: SeenTags) -> list[str]:
        """Also what is in use, that is compared with."""
        current = [seen.current] if seen.current in seen.tags else []
        tags = (tag for tag in seen.tags if matching.read(self.declared, tag) is not None)
        return sorted({*tags, *current})

    def _read(self, tag: str, seen: SeenTags) -> Key | NoPlace:
        if matching.read(self.declared, tag) is None:
            return matching.no_match(self.declared)
        image = seen.images.get(tag)
        if image is None or not image.digest:
            return NoPlace("its image is not in the registry", undecided=True)
        label = self.declared.label
        said = image.created if label is None else image.labels.get(label, "")
        if label and said.isascii() and said.isdecimal() and len(said) <= 40:
            return ("number", int(said))
        if time := tag_date.instant(said):
            return ("time", time)
        what = (
            f"its label {label} is neither number nor time"
            if label
            else "its image does not say when it was built"
        )
        return NoPlace(what, undecided=True)


KIND, POLICY = NEWEST_BUILD, NewestBuild

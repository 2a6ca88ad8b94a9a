"""Which images a release brings and which it leaves: by what runs them, and not by a name that changed on the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from headway.formats import image_reference, manifests
from headway.formats.manifests import Resource


@dataclass(frozen=True, slots=True)
class ImageChange:
    before: str
    after: str


def changes(
    previous: Sequence[Resource], rendered: Sequence[Resource], shown: Callable[[str], str]
) -> tuple[ImageChange, ...]:
    """`shown`: an image without secrets. What stands in another container or object than before is neither new nor gone; where a
    repository's only image has gone in one place and come in another, it has changed.
    """
    old, new = manifests.images(previous), manifests.images(rendered)
    pairs = [(old[place], image) for place, image in new.items() if place in old]
    known, used = set(old.values()), set(new.values())
    come = list(
        dict.fromkeys(image for place, image in new.items() if place not in old and image not in known)
    )
    gone = list(
        dict.fromkeys(image for place, image in old.items() if place not in new and image not in used)
    )
    told = {image for pair in pairs for image in pair}
    come, gone = ([image for image in each if image not in told] for each in (come, gone))
    for image in list(come):
        before = [each for each in gone if repository(each) == repository(image)]
        if len(before) == 1:
            pairs.append((before[0], image))
            come.remove(image)
            gone.remove(before[0])
    pairs += [("", image) for image in come] + [(image, "") for image in gone]
    found = (ImageChange(shown(before), shown(after)) for before, after in pairs)
    return tuple(dict.fromkeys(each for each in found if each.before != each.after))


def repository(image: str) -> str:
    """The image as it is where it is none that can be read."""
    return image_reference.repository_of(image)

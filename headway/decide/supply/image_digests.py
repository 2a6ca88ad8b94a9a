"""Whether the images of a package still are what they were when it was published: a tag may be pushed again.

What nobody can say never refuses: a registry that is away must not keep a release from going back, nor one from coming in
whose images the nodes may hold.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

from headway.model.images import RecordedImage

NEXT_STEP = (
    "Put it back (such as: crane tag IMAGE@DIGEST TAG), or raise version: in the application's Chart.yaml: "
    "a new version records what is there by then."
)


@dataclass(frozen=True, slots=True)
class Moved:
    """The tag names something else now."""

    image: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Gone:
    """Its registry has no such image any more."""

    image: str
    was: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Its registry did not answer, or lets nobody look."""

    image: str


Difference = Moved | Gone | Unknown


def compare(recorded: Iterable[RecordedImage], answers: Mapping[str, str | None]) -> tuple[Difference, ...]:
    """`answers`: what each image is now, None where there is no such image; without those that could not be asked."""
    found = (_difference(each, answers) for each in recorded)
    return tuple(each for each in found if each)


def refusal(differences: Iterable[Difference]) -> str:
    """What is no longer what was tested, as a part of a sentence; empty where nothing refuses."""
    return "; ".join(filter(None, map(_said, differences)))


def unknown(differences: Iterable[Difference]) -> tuple[str, ...]:
    """Images of which nobody can say what they are now."""
    return tuple(each.image for each in differences if isinstance(each, Unknown))


def _difference(recorded: RecordedImage, answers: Mapping[str, str | None]) -> Difference | None:
    image, was = recorded.reference, recorded.digest
    if image not in answers:
        return Unknown(image)
    now = answers[image]
    if now is None:
        return Gone(image, was)
    return None if now == was else Moved(image, was, now)


def _said(difference: Difference) -> str:
    match difference:
        case Moved(image, was, now):
            return f"{image} was {was} when it was published, and is {now} now"
        case Gone(image, was):
            return f"{image} is not in its registry any more; it was {was} when it was published"
        case Unknown():
            return ""
        case _:
            assert_never(difference)

"""What a commit says of an image that it takes up: what the look has seen of it, as one line each."""

from collections.abc import Iterable, Mapping

from headway.formats.image_reference import DIGEST
from headway.formats.tag_commit import commit_in_label, commit_in_tag
from headway.formats.visible import visible
from headway.model.edits import TakenUp
from headway.model.images import Image

BUILD_LABEL = "build"
BUILD_LIMIT = 200
"""Characters; an address of a CI's build is shorter."""


def of(image: Image, commit: str) -> TakenUp:
    """What is known of an image. `commit`: the one that its policy found on the service's branch; where empty, its label or tag
    counts, which anybody may have written."""
    tag, _, pinned = image.tag.partition("@")
    digest = image.digest if DIGEST.match(image.digest) and image.digest != pinned else ""
    source = commit or commit_in_label(image.revision) or commit_in_tag(tag)
    return TakenUp(image.reference, digest, source, _build(image.labels.get(BUILD_LABEL, "")))


def _build(label: str) -> str:
    """As one word that calls nobody: git hosts close issues by what a commit says, `closes #3`, and tell whom it names."""
    return "_".join(visible(label).split()).lstrip("@")[:BUILD_LIMIT]


def of_all(references: Iterable[str], known: Mapping[str, TakenUp]) -> tuple[TakenUp, ...]:
    """Each once; by nothing but its name where nothing is `known` of it."""
    return tuple(known.get(each) or TakenUp(each) for each in dict.fromkeys(references))

"""`match:` of a policy, which several kinds have."""

from collections.abc import Callable

from headway.decide.supply.image_policies.ordered import Key, NoPlace
from headway.decide.supply.image_policies.policy import SeenTags
from headway.formats import tag_pattern
from headway.model.image_policy import ImagePolicy


def read(declared: ImagePolicy, tag: str) -> str | None:
    """What is ordered of a tag; None where it does not match."""
    return tag if declared.match is None else tag_pattern.compiled(declared.match).read(tag)


def no_match(declared: ImagePolicy) -> NoPlace:
    return NoPlace(f"it does not match {declared.match}")


def placed(
    declared: ImagePolicy, place: Callable[[str], Key | NoPlace]
) -> Callable[[str, SeenTags], Key | NoPlace]:
    """What reads a tag by its text alone: `place` is given what is ordered of it."""

    def read_tag(tag: str, _: SeenTags) -> Key | NoPlace:
        text = read(declared, tag)
        return no_match(declared) if text is None else place(text)

    return read_tag

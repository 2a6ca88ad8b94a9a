"""`match:` of a policy, which several kinds have."""

from headway.decide.supply.image_policies.ordered import NoPlace
from headway.formats import tag_pattern
from headway.model.image_policy import ImagePolicy


def read(declared: ImagePolicy, tag: str) -> str | None:
    """What is ordered of a tag; None where it does not match."""
    return tag if declared.match is None else tag_pattern.compiled(declared.match).read(tag)


def no_match(declared: ImagePolicy) -> NoPlace:
    return NoPlace(f"it does not match {declared.match}")

"""The kinds of image policies, by the name that headway.yaml gives them. A new kind is a module beside commit_order."""

from collections.abc import Callable

from headway.decide.supply.image_policies.commit_order import CommitOrder
from headway.decide.supply.image_policies.policy import (
    Build,
    ImageChoice,
    ImagePolicy,
    LabelsWanted,
    SeenTags,
)
from headway.errors import BadInput
from headway.model.application import ImagePolicy as Declared

__all__ = ["KINDS", "Build", "ImageChoice", "ImagePolicy", "LabelsWanted", "SeenTags", "of"]

KINDS: dict[str, Callable[[Declared], ImagePolicy]] = {"commit-order": CommitOrder}


def of(declared: Declared, where: str) -> ImagePolicy:
    """The policy that headway.yaml declares. BadInput naming `where` for a kind that there is not."""
    if declared.kind not in KINDS:
        raise BadInput(
            f"there is no image policy {declared.kind!r}",
            where=where,
            next_step=f"Known: {', '.join(KINDS)}.",
        )
    return KINDS[declared.kind](declared)

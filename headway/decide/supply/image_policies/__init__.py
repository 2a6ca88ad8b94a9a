"""The kinds of image policies, by the name that headway.yaml gives them.

Every module here that declares KIND (its name) and POLICY (what makes it of the declaration) is one: to add a kind is to add
its module.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator

from headway.decide.supply.image_policies.policy import (
    Build,
    CommitsWanted,
    ImageChoice,
    ImagePolicy,
    ImagesWanted,
    Ruling,
    SeenTags,
    Wanted,
)
from headway.errors import BadInput
from headway.formats import near_names
from headway.model.image_policy import ImagePolicy as Declared

__all__ = [
    "KINDS",
    "Build",
    "CommitsWanted",
    "ImageChoice",
    "ImagePolicy",
    "ImagesWanted",
    "Ruling",
    "SeenTags",
    "Wanted",
    "check_kind",
    "of",
]

Policy = Callable[[Declared], ImagePolicy]


def _kinds() -> Iterator[tuple[str, Policy]]:
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{found.name}")
        if hasattr(module, "KIND"):
            yield module.KIND, module.POLICY


KINDS: dict[str, Policy] = dict(_kinds())


def check_kind(kind: str, where: str = "") -> None:
    """BadInput naming `where` for a kind that there is not."""
    if kind not in KINDS:
        raise BadInput(
            f"there is no image policy {kind!r}{near_names.meant(kind, KINDS)}",
            where=where,
            next_step=f"Known: {', '.join(sorted(KINDS))}.",
        )


def of(declared: Declared, where: str) -> ImagePolicy:
    """The policy that headway.yaml declares. BadInput naming `where` for a kind that there is not."""
    check_kind(declared.kind, where)
    return KINDS[declared.kind](declared)

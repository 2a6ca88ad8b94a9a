"""Which images an application uses where, told from what its chart renders to.

A tag that is written into values.yaml and reaches no manifest would be "tested" for ever without ever running.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from headway.formats import image_reference
from headway.model.images import RecordedImage


@dataclass(frozen=True, slots=True)
class Render:
    """What the umbrella chart renders to with one environment's values, hooks and tests included."""

    environment: str
    text: str = field(repr=False)
    images: Mapping[str, tuple[str, ...]]
    """Images of all containers by template, such as shop/charts/cart/templates/web.yaml; of every template that gives
    something."""


@dataclass(frozen=True, slots=True)
class ServiceImage:
    """The image of a service as the application's values name it."""

    key: str
    """Of the image in headway.yaml: the service's name, or <service>.<image> for one more."""
    reference: str
    folders: frozenset[str]
    """Names under which the umbrella holds the service's chart: its name, or aliases."""
    environments: frozenset[str] | None = None
    """Those whose value files name it; all where None."""

    def counts_in(self, render: Render) -> bool:
        return self.environments is None or render.environment in self.environments

    @property
    def digest(self) -> str:
        """Empty where it is named by its tag alone."""
        return image_reference.parse(self.reference).digest

    def pinned(self, digest: str | None) -> "ServiceImage":
        """The same with its digest in its name, unless somebody has put one there."""
        if not digest or self.digest:
            return self
        return replace(self, reference=f"{self.reference}@{digest}")


def used_in(image: ServiceImage, renders: Iterable[Render]) -> tuple[str, ...]:
    """Environments in which something is rendered that names the image, from whatever registry: mirrors are a habit.

    Not only containers: an operator takes it out of a field or an argument.
    """
    pattern = _pattern(image.reference)
    return tuple(each.environment for each in renders if image.counts_in(each) and pattern.search(each.text))


def unused_in(image: ServiceImage, renders: Sequence[Render]) -> tuple[str, ...]:
    """Environments in which a new tag would change nothing, though the service runs there.

    A service whose chart renders to nothing is switched off. Where the image is used elsewhere, an environment whose part of
    that chart has no container needs none.
    """
    used = used_in(image, renders)
    parts = {
        each.environment: [found for path, found in each.images.items() if _folder(path) in image.folders]
        for each in renders
        if image.counts_in(each)
    }
    return tuple(
        environment
        for environment, part in parts.items()
        if environment not in used and (any(part) if used else part)
    )


def uses(
    renders: Sequence[Render], services: Iterable[ServiceImage], tests: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Every image of the application, with the environments that use it; the Jobs' of headway.yaml are used in all."""
    every = [each.environment for each in renders]
    found: dict[str, list[str]] = {reference: [*every] for reference in tests}
    for render in renders:
        for reference in (image for images in render.images.values() for image in images):
            found.setdefault(reference, []).append(render.environment)
    for service in services:
        found.setdefault(service.reference, []).extend(used_in(service, renders))
    return {
        reference: tuple(each for each in every if each in environments)
        for reference, environments in found.items()
        if environments
    }


def recorded(
    used: Mapping[str, Collection[str]], digests: Mapping[str, str | None], environments: Sequence[str]
) -> tuple[RecordedImage, ...]:
    """What a package says of its images. Those whose registry gave no digest are not in it."""
    return tuple(
        RecordedImage(reference, digest, () if len(where) == len(environments) else tuple(where))
        for reference, where in used.items()
        if (digest := digests.get(reference))
    )


def _pattern(reference: str) -> re.Pattern[str]:
    image = image_reference.parse(reference)
    name = image.repository.rpartition("/")[2]
    return re.compile(rf"(?<![\w.-]){re.escape(f'{name}:{image.tag}')}(?![\w.-])")


def _folder(template: str) -> str:
    """Of the umbrella's charts/, to which a template belongs; empty for the umbrella's own."""
    parts = template.split("/")
    return parts[2] if len(parts) > 2 and parts[1] == "charts" else ""

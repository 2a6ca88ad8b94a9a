"""The images of a service: which ones, by which policy each is chosen, and where name, tag and digest stand in values.yaml."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, model_validator

from headway.model.image_policy import DIGEST, ImagePolicy
from headway.model.strict import Strict, no_option

KeyPath = tuple[str, ...]
"""Keys of mappings, and positions ("0") in lists."""
_MARKER = re.compile(r"[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?:[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\Z")


def is_single_image(value: str) -> bool:
    """Whether the text names one image: a repository with a tag or a digest behind it."""
    return "@" in value or ":" in value.rpartition("/")[2]


def _untagged(value: str) -> str:
    if is_single_image(no_option(value)):
        raise ValueError(
            f"{value!r} names a single image: write the repository alone, the tag stands in values.yaml"
        )
    return value


def _marked(value: str) -> str:
    if not _MARKER.match(value):
        raise ValueError(f"{value!r} is not what markers name, such as flux-system:cart")
    return value


ImageRepository = Annotated[str, AfterValidator(_untagged)]


class ImageKeys(Strict):
    """One image, and where it stands in the umbrella's values.yaml: dotted paths."""

    image: ImageRepository
    """Its repository; the tag stands in the umbrella's values.yaml."""
    value: str | None = None
    """Of the tag."""
    value_digest: str | None = None
    """Of the digest. It is emptied where a tag is chosen: beside a digest, the tag would not count."""
    value_name: str | None = None
    """Of the repository."""
    value_image: str | None = None
    """Of name, tag and digest in one, in the place of all others."""
    marker: Annotated[str, AfterValidator(_marked)] | None = None
    """The image policy that comments of Flux in values.yaml name: these comments then say where tag, digest and name stand."""

    @model_validator(mode="after")
    def _stands_in_one_way(self) -> "ImageKeys":
        parts = [key for key in ("value", "value_digest", "value_name") if getattr(self, key) is not None]
        if self.value_image is not None and parts:
            raise ValueError(f"{parts[0]}: value_image says where all of the image stands")
        if self.marker is not None and (self.value_image is not None or parts):
            raise ValueError(f"{[*parts, 'value_image'][0]}: marker says where all of the image stands")
        return self


class AnotherImage(ImageKeys):
    """One more image of a service."""

    policy: ImagePolicy | None = None
    """The service's where None."""

    @model_validator(mode="after")
    def _is_of_the_same_branch(self) -> "AnotherImage":
        if self.policy and "branch" in self.policy.model_fields_set:
            raise ValueError(
                "policy.branch: all images of a service are of the branch that its own policy names"
            )
        return self


@dataclass(frozen=True, slots=True)
class DeclaredImage:
    """One of all images of an application's services."""

    key: str
    """The service's name, or <service>.<image> for one more."""
    service: str
    repository: str
    policy: ImagePolicy
    tag: KeyPath | None
    digest: KeyPath | None
    name: KeyPath | None
    whole: KeyPath | None
    marker: str | None
    in_chart: bool
    """All of this stands in the values.yaml of the service's own chart, not of the umbrella."""

    @property
    def usual(self) -> KeyPath:
        """Where its tag stands by default."""
        return _usual(self.key, in_chart=self.in_chart)

    @property
    def place(self) -> str:
        """In headway.yaml."""
        service, _, image = self.key.partition(".")
        return f"services.{service}.images.{image}" if image else f"services.{service}"

    @property
    def is_pinned(self) -> bool:
        """Whether what is chosen is <tag>@<digest>."""
        return self.policy.kind == DIGEST


def declared(
    key: str, service: str, keys: ImageKeys, policy: ImagePolicy, *, in_chart: bool = False
) -> DeclaredImage:
    usual = None if keys.marker or keys.value_image is not None else _usual(key, in_chart=in_chart)
    return DeclaredImage(
        key,
        service,
        keys.image,
        policy,
        tag=_path(keys.value) or usual,
        digest=_path(keys.value_digest),
        name=_path(keys.value_name),
        whole=_path(keys.value_image),
        marker=keys.marker,
        in_chart=in_chart,
    )


def _usual(key: str, *, in_chart: bool) -> KeyPath:
    parts = key.split(".")
    return (*(parts[1:] if in_chart else parts), "image", "tag")


def _path(dotted: str | None) -> KeyPath | None:
    return None if dotted is None else tuple(dotted.split("."))

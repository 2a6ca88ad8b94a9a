"""`.headway/quarantine.yaml`: inputs that must not be chosen again, with the reason, in git where people see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["image", "chart", "content"]


@dataclass(frozen=True, slots=True)
class Input:
    """What comes into an application's version, and can go wrong."""

    kind: Kind
    name: str
    """Image repository (without tag), chart name, or the application for its own content."""
    version: str
    """Tag of the image, version of the chart, or sha256:<hex> of the content."""

    @property
    def recorded(self) -> str:
        """As the release record holds it; of an image whose digest is known, `version` is <tag>@sha256:<hex>."""
        return f"{self.kind} {self.name} {self.version}"

    def __str__(self) -> str:
        if self.kind == "content":
            return f"the content of {self.name}"
        return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class QuarantinedInput:
    """An image tag or a service chart version that brought a release down, alone or together with others."""

    kind: Literal["image", "chart"]
    name: str
    """Image repository (without tag) or chart name."""
    version: str
    """Tag of the image or version of the chart."""
    environment: str
    digest: str
    """Digest of the application package that failed with it."""
    reason: str
    since: datetime
    company: tuple[Input, ...] = ()
    """The others of its set: nothing is barred but all of them at once. Empty for an input that is barred alone."""

    @property
    def itself(self) -> Input:
        return Input(self.kind, self.name, self.version)

    @property
    def inputs(self) -> frozenset[Input]:
        return frozenset([self.itself, *self.company])

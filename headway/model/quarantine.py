"""`.headway/quarantine.yaml`: inputs that must not be chosen again, with the reason, in git where people see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class QuarantinedInput:
    """An image tag or a service chart version that brought a release down."""

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

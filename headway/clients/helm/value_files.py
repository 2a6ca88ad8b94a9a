"""What Helm is given beside a chart: value files, and which of the values in them must not be shown."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ValueFiles:
    """In Helm's order: later ones win. A release that knows its secrets keeps them out of whatever helm says of it."""

    paths: tuple[Path, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)

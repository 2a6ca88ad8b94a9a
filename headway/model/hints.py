"""What a sender of hints names: things that may be news, and nothing that is believed of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NamedImage:
    """An image, or a chart in a registry."""

    repository: str
    """With its registry, without the tag."""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class NamedBranch:
    """A branch of a git repository."""

    urls: tuple[str, ...]
    """The repository in each spelling that the sender has of it; none is ever opened."""
    branch: str


@dataclass(frozen=True, slots=True)
class NamedCharts:
    """A place in a chart repository."""

    address: str
    """Such as s3://shop-charts/index.yaml."""


Named = NamedImage | NamedBranch | NamedCharts


@dataclass(frozen=True, slots=True)
class HintedApplication:
    """How the things begin, in whole parts, that are an application's."""

    images: tuple[str, ...] = ()
    git: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    """Those that are looked at; empty: all."""

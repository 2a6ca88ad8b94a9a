"""What a module of `kinds` declares: the addresses it answers to, and whether it may be written."""

from collections.abc import Callable
from dataclasses import dataclass

from headway.clients.chart_repository.protocol import ReadableChartRepository, WritableChartRepository
from headway.model.credentials import RepositoryCredentials


@dataclass(frozen=True, slots=True)
class ReadableKind:
    """Opening makes no request. Raises BadInput for an address of its scheme that is none."""

    schemes: tuple[str, ...]
    example: str
    """An address as people write it, such as s3://bucket/prefix."""
    open: Callable[[str, RepositoryCredentials], ReadableChartRepository]


@dataclass(frozen=True, slots=True)
class WritableKind:
    """The same for a kind that Headway can publish to."""

    schemes: tuple[str, ...]
    example: str
    open: Callable[[str, RepositoryCredentials], WritableChartRepository]
    is_public: bool = False
    """Whoever may commit may name one; else it is opened with what this machine has, credentials or folders."""


Kind = ReadableKind | WritableKind

"""Chart repositories by address. What a kind of them is stands in one module of `kinds`."""

from headway.clients.chart_repository.fetching import exact, fetch
from headway.clients.chart_repository.one_look import one_look
from headway.clients.chart_repository.opening import (
    check_writable,
    open_public_repository,
    open_repository,
    open_writable_repository,
)
from headway.clients.chart_repository.protocol import (
    AlreadyThere,
    Published,
    ReadableChartRepository,
    Stored,
    WritableChartRepository,
)

__all__ = [
    "AlreadyThere",
    "Published",
    "ReadableChartRepository",
    "Stored",
    "WritableChartRepository",
    "check_writable",
    "exact",
    "fetch",
    "one_look",
    "open_public_repository",
    "open_repository",
    "open_writable_repository",
]

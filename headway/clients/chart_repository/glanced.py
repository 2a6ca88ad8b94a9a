"""A chart repository as it is given to a look that glances: before a write, what was decided by a glance is decided again."""

from typing import Any, cast

from headway.clients import together
from headway.clients.chart_repository.protocol import WritableChartRepository

_WRITES = ("publish", "withdraw", "keep")


class _Guarded:
    def __init__(self, real: WritableChartRepository) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        if name in _WRITES:
            together.before_write(self._real.url)
        return getattr(self._real, name)


def guarded(repository: WritableChartRepository) -> WritableChartRepository:
    """See together.before_write; the same one for whoever reads for itself."""
    return cast("WritableChartRepository", _Guarded(repository)) if together.glances() else repository

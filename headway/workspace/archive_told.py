"""What this machine knows to be archived of releases: a release then asks for no more than the write of its own."""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from headway.clients.chart_repository import ReadableChartRepository
from headway.clients.remembered import Remembered, kept_in, key
from headway.formats import json_limits

LISTED_FOR = 3600.0
"""Seconds after which the folder is listed anew: what somebody has taken away meanwhile is written again then."""


@dataclass(frozen=True, slots=True)
class Told:
    """What this machine knows to be kept of a release, where it has listed the folder within the last hour. `cache`: a folder for
    it; None: nothing is known."""

    cache: Path | None = None

    def of(self, repository: ReadableChartRepository, folder: str) -> Mapping[str, str]:
        """Fingerprints of entries by the first name of each; empty where it is to be listed."""
        return self._read(repository, folder)[0]

    def keep(
        self, repository: ReadableChartRepository, folder: str, told: Mapping[str, str], *, goes_on: bool
    ) -> None:
        """`goes_on`: with what was known, so that it was not listed now."""
        if self.cache is None:
            return
        listed_at = self._read(repository, folder)[1] if goes_on else time.time()
        said = json.dumps([_called(repository, folder), listed_at, dict(told)])
        kept_in(self.cache).keep(_called(repository, folder), Remembered('"archived"', said.encode()))

    def _read(self, repository: ReadableChartRepository, folder: str) -> tuple[dict[str, str], float]:
        called = _called(repository, folder)
        found = kept_in(self.cache).of(called) if self.cache else None
        with suppress(ValueError, TypeError):
            whose, listed_at, told = json_limits.load(found.content) if found else ("", 0.0, {})
            if whose == called and 0 <= time.time() - float(listed_at) < LISTED_FOR:
                return {str(name): str(each) for name, each in dict(told).items()}, float(listed_at)
        return {}, 0.0


NOTHING = Told()


def _called(repository: ReadableChartRepository, folder: str) -> str:
    return key(repository.url, folder, ())

"""Chart repositories as looks ask them, again and again: each opened once, and asked by one thread at a time.

One that hangs is not asked anew before it has answered: however often somebody looks, one thread waits for it.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future, wait
from functools import partial

from headway.clients import beside
from headway.clients.chart_repository import ReadableChartRepository, open_repository
from headway.errors import BadInput, HeadwayError, Unreachable
from headway.model.charts import ChartEntry
from headway.model.credentials import RepositoryCredentials

_LOG = logging.getLogger(__name__)
Offered = Sequence[ChartEntry] | HeadwayError
AT_ONCE = 32
"""Repositories that one look asks beside each other."""


class ChartRepositories:
    """For one reader at a time. An index is read again only where it has changed."""

    def __init__(self, credentials: RepositoryCredentials | None = None) -> None:
        self._credentials = credentials or RepositoryCredentials()
        self._opened: dict[str, ReadableChartRepository] = {}
        self._asked: dict[str, Future[Mapping[str, Offered]]] = {}

    def offered(
        self, wanted: Mapping[str, Collection[str]], seconds: float
    ) -> dict[tuple[str, str], Offered]:
        """What each repository offers of a chart, by address and name of the chart. `seconds`: for all of them; a repository
        that has not answered by then is Unreachable."""
        self._asked = {url: each for url, each in self._asked.items() if not each.done()}
        works = {url: partial(self._ask, url, each) for url, each in wanted.items() if url not in self._asked}
        self._asked |= beside.begun(works, AT_ONCE, "charts")
        asked = {url: self._asked[url] for url in wanted}
        wait(asked.values(), timeout=seconds)
        found: dict[tuple[str, str], Offered] = {}
        for url, answer in asked.items():
            # What was not even begun by now is asked by the next look.
            answers = {} if answer.cancel() or not answer.done() else answer.result()
            found |= {(url, chart): answers.get(chart, _slow(url)) for chart in wanted[url]}
        return found

    def _ask(self, url: str, charts: Collection[str]) -> Mapping[str, Offered]:
        found: dict[str, Offered] = {}
        for chart in charts:
            try:
                if url not in self._opened:
                    self._opened[url] = open_repository(url, self._credentials)
                found[chart] = self._opened[url].entries(chart)
            except HeadwayError as error:
                found[chart] = error
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the trouble of one repository
                _LOG.exception("%s: it could not be read", url)
                found[chart] = _mistaken(url, error)
        return found


def _mistaken(url: str, error: Exception) -> BadInput:
    """Without what the error says: it may quote what is secret."""
    return BadInput(
        f"it could not be read: {type(error).__name__}, the log says where",
        where=url,
        next_step="Is it changed by anybody but Headway? If not, this is a mistake in Headway.",
    )


def _slow(url: str) -> Unreachable:
    return Unreachable("it takes long to answer", where=url, next_step="Try again.")

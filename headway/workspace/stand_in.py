"""A chart repository that stands in for another, and gives most of what that gives as it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from headway.clients.chart_repository import ReadableChartRepository
from headway.clients.chart_repository.protocol import Signature
from headway.model.charts import ChartEntry


@dataclass(frozen=True, slots=True)
class StandIn:
    """What is the same in all of them; see ReadableChartRepository."""

    real: ReadableChartRepository

    @property
    def url(self) -> str:
        return self.real.url

    def provenance(self, entry: ChartEntry) -> bytes | None:
        return self.real.provenance(entry)

    def signatures(self, entry: ChartEntry) -> Sequence[Signature]:
        return self.real.signatures(entry)

    def documents(self, folder: str) -> list[str] | None:
        return self.real.documents(folder)

    def document(self, name: str) -> bytes | None:
        return self.real.document(name)

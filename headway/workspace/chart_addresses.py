"""Which chart repositories a release record may have read.

Whoever may write ConfigMaps in a namespace may write a record, and name any repository in it: it would be read with the
credentials of who looks.
"""

from dataclasses import dataclass

from headway.clients.chart_repository import ReadableChartRepository, open_repository
from headway.errors import BadInput
from headway.model.credentials import RepositoryCredentials
from headway.workspace import named_repositories


@dataclass(frozen=True, slots=True)
class ChartAddresses:
    beginnings: tuple[str, ...] | None = None
    """Of addresses, in whole parts; None: whatever a record names."""

    def open(self, url: str, credentials: RepositoryCredentials) -> ReadableChartRepository:
        """BadInput for one that is not named; nobody is asked then."""
        if self.beginnings is not None and not named_repositories.is_named(url, self.beginnings):
            raise BadInput(
                "the release record names a chart repository that is not looked into",
                where=url,
                next_step="Name the beginning of its address in charts of the view's file.",
            )
        return open_repository(url, credentials)


ANY = ChartAddresses()

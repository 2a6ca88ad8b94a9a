"""Which chart repositories a release record may have read.

Whoever may write ConfigMaps in a namespace may write a record, and name any repository in it: it would be read with the
credentials of who looks, and shown to whoever may see the application that the record names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from headway.clients.chart_repository import ReadableChartRepository, open_repository
from headway.errors import BadInput, HeadwayError
from headway.model.credentials import RepositoryCredentials
from headway.workspace import named_repositories

EVERY = "*"


class NotShown(BadInput):
    """What is not even asked."""


@dataclass(frozen=True, slots=True)
class ChartAddresses:
    beginnings: tuple[str, ...] | None = None
    """Of addresses, in whole parts; None: whatever a record names. Of what lies there a release sees the chart alone that is
    called as its application is: the same repositories may hold those of others."""
    of_applications: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Beside these, those of one application, which sees all that lies there; of "*": those of every application."""
    tell: Callable[[HeadwayError], str] = str
    """What is said where one of them cannot be read."""

    def shows_all(self, url: str, application: str) -> bool:
        """Whether releases of `application` see all charts that lie there."""
        named = (*self.of_applications.get(application, ()), *self.of_applications.get(EVERY, ()))
        return self.beginnings is None or _is_named(url, named)

    def require(self, url: str, application: str, chart: str = "") -> None:
        """NotShown where releases of `application` do not look there, or see no such chart. `chart`: empty for what is kept by
        application.
        """
        if self.shows_all(url, application):
            return
        if not _is_named(url, self.beginnings or ()):
            raise NotShown(
                "the release record names a chart repository that is not looked into",
                where=url,
                next_step="Name the beginning of its address in charts of the view's file.",
            )
        if chart not in ("", application):
            raise NotShown(
                f"the chart {chart} is not called as the application {application} is, and may be another's",
                where=url,
                next_step="Name the repository as that application's in charts of the view's file.",
            )

    def open(
        self, url: str, credentials: RepositoryCredentials, application: str, chart: str = ""
    ) -> ReadableChartRepository:
        """As `require` says; nobody is asked then."""
        self.require(url, application, chart)
        return open_repository(url, credentials)


def _is_named(url: str, beginnings: tuple[str, ...]) -> bool:
    return named_repositories.is_named(url, beginnings)


ANY = ChartAddresses()

"""Chart repositories behind a web server, which are only read. The client is loaded for the first one."""

from headway.clients.chart_repository.kind import ReadableKind
from headway.clients.chart_repository.protocol import ReadableChartRepository
from headway.model.credentials import RepositoryCredentials


def _open(url: str, credentials: RepositoryCredentials) -> ReadableChartRepository:
    from headway.clients.chart_repository.http_repository import HttpRepository

    return HttpRepository(url, credentials.http)


KIND = ReadableKind(("http", "https"), "https://host/charts", _open)

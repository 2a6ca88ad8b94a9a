"""A chart repository in a folder: for one machine, for tests, and behind any web server."""

from headway.clients.chart_repository.kind import WritableKind
from headway.clients.chart_repository.protocol import WritableChartRepository
from headway.model.credentials import RepositoryCredentials


def _open(url: str, _: RepositoryCredentials) -> WritableChartRepository:
    from headway.clients.chart_repository.directory_store import DirectoryStore
    from headway.clients.chart_repository.publishing import StoredRepository

    return StoredRepository(DirectoryStore(url))


KIND = WritableKind(("file",), "file:///folder", _open)

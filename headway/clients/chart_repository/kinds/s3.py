"""Chart repositories in S3 buckets. What speaks to S3 takes a third of a second to load: that is done for the first one."""

from headway.clients.chart_repository.kind import WritableKind
from headway.clients.chart_repository.protocol import WritableChartRepository
from headway.model.credentials import RepositoryCredentials


def _open(url: str, credentials: RepositoryCredentials) -> WritableChartRepository:
    from headway.clients.chart_repository.glanced_s3 import GlancedStore
    from headway.clients.chart_repository.publishing import StoredRepository

    return StoredRepository(GlancedStore(url, credentials.s3))


KIND = WritableKind(("s3",), "s3://bucket/prefix", _open)

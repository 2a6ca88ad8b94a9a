"""Chart repositories in OCI registries. Whoever may commit may name one: it is then read as everybody may read it."""

from headway.clients.chart_repository.kind import WritableKind
from headway.clients.chart_repository.protocol import WritableChartRepository
from headway.model.credentials import RepositoryCredentials, is_for_every_registry


def _open(url: str, credentials: RepositoryCredentials) -> WritableChartRepository:
    """Credentials for every registry that asks are shown to none by this: whoever names the address would have them."""
    from headway.clients.chart_repository.oci_repository import OciRepository

    logins = credentials.registry
    return OciRepository(url, None if is_for_every_registry(logins) else logins)


KIND = WritableKind(("oci",), "oci://registry.example.com/charts", _open, is_public=True)

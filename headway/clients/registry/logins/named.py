"""User and password for one registry; without a host, for each one that asks."""

from headway.formats import image_reference
from headway.formats.docker_config import Login
from headway.model.credentials import RegistryCredentials


class NamedLogins:
    """See Logins."""

    def __init__(self, credentials: RegistryCredentials | None) -> None:
        self._credentials = credentials

    def of(self, host: str, path: str) -> Login | None:  # noqa: ARG002
        credentials = self._credentials
        if credentials is None or (
            credentials.host and image_reference.registry_host(credentials.host) != host.lower()
        ):
            return None
        return Login(credentials.username, credentials.password)

    def refused(self, host: str, path: str) -> None:
        """There is no other."""

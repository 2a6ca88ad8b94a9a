"""What opens registries: one module for each way in which an operator says it."""

from typing import assert_never

from headway.clients.registry.logins.aws import AwsLogins
from headway.clients.registry.logins.docker_config import DockerConfigLogins
from headway.clients.registry.logins.named import NamedLogins
from headway.clients.registry.logins.protocol import Logins
from headway.model.credentials import AwsRegistry, DockerConfig, RegistryCredentials, RegistryLogins

__all__ = ["Logins", "open_logins"]


def open_logins(given: RegistryLogins | None) -> Logins:
    """Asks nobody yet."""
    match given:
        case None:
            return NamedLogins(None)
        case RegistryCredentials():
            return NamedLogins(given)
        case AwsRegistry():
            return AwsLogins(given)
        case DockerConfig():
            return DockerConfigLogins(given)
    assert_never(given)

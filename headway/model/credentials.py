"""What opens the systems around an application, as they are handed to clients: never printed, never compared by people."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class S3Credentials:
    """Where S3 is and what opens it. Empty fields: as the SDK finds them (environment, role)."""

    endpoint_url: str | None = None
    access_key: str = ""
    secret_key: str = field(default="", repr=False)
    region: str = "us-east-1"


@dataclass(frozen=True, slots=True)
class SopsKeys:
    """What may open an application's sops files."""

    services: tuple[str, ...] = ()
    """Key services that may be asked: addresses (Vault, Azure), names (of AWS and Google keys, roles)."""
    age: str = field(default="", repr=False)
    """The application's own age identities, one a line, in the place of the worker's; empty: the worker's."""


NO_KEYS = SopsKeys()
"""Those of the worker alone."""


@dataclass(frozen=True, slots=True)
class RegistryCredentials:
    """User and password or token. `host`: the registry they are for; empty: every one that headway.yaml names."""

    username: str
    password: str = field(repr=False)
    host: str = ""


@dataclass(frozen=True, slots=True)
class AwsRegistry:
    """A registry of AWS (ECR); AWS gives its password. Empty keys: as the SDK finds them (environment, role)."""

    host: str
    access_key: str = ""
    secret_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DockerConfig:
    """The configuration file of `docker login`, for the registries that it names: its text, or its place on this machine."""

    text: str = field(default="", repr=False)
    path: Path | None = None


RegistryLogins = RegistryCredentials | AwsRegistry | DockerConfig


def is_for_every_registry(logins: RegistryLogins | None) -> bool:
    """Whether it is shown to each registry that asks, whoever names it."""
    return isinstance(logins, RegistryCredentials) and not logins.host


@dataclass(frozen=True, slots=True)
class HttpCredentials:
    """Of a chart repository behind a web server (basic authentication). Shown to the scheme, host and port of `address` alone."""

    address: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RepositoryCredentials:
    """What a chart repository of any kind may need; each kind takes its own."""

    s3: S3Credentials | None = None
    registry: RegistryLogins | None = None
    http: HttpCredentials | None = None


@dataclass(frozen=True, slots=True)
class GithubApp:
    """An installation of a GitHub App."""

    app_id: str
    """Or its client ID."""
    installation_id: str
    private_key: str = field(repr=False)
    """RSA, in PEM."""


@dataclass(frozen=True, slots=True)
class ForgeCredentials:
    """A token of a git host's API, and where alone it is shown: scheme and host of `address`, below which repositories lie."""

    token: str = field(repr=False)
    address: str
    kind: str = "gitea"
    view: str = ""
    """Address of the release view that statuses of commits lead to; empty: there are none."""
    app: GithubApp | None = None
    """In the place of a token, which is empty then."""

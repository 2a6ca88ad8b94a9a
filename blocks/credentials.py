"""Credentials for git, image registry and S3: masked in the UI, encrypted in Prefect's database."""

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from headway.clients import git
from headway.errors import BadInput
from headway.model import credentials as model


class GitCredentials(Block):
    """A name and a token (or password) for git over HTTPS."""

    _block_type_name = "Headway git credentials"
    _block_type_slug = "headway-git-credentials"

    username: str = Field(description="User, or whatever the forge wants beside a token.")
    password: SecretStr = Field(title="Password or token", description="With write access to the branch.")

    def credentials(self) -> git.GitCredentials:
        return git.GitCredentials(username=self.username, password=self.password.get_secret_value())


class RegistryCredentials(Block):
    """A name and a token (or password) for one OCI image registry, and for no other."""

    _block_type_name = "Headway registry credentials"
    _block_type_slug = "headway-registry-credentials"

    host: str = Field(description="The registry as images name it: images.example.com[:port].")
    username: str = Field(description="User of the registry.")
    password: SecretStr = Field(title="Password or token", description="Read access is enough.")

    def credentials(self) -> model.RegistryCredentials:
        """Raises BadInput without a host: whoever may commit names the registries that would be shown them."""
        if not self.host.strip():
            raise BadInput(
                "it names no host", where="Headway registry credentials", next_step="Fill in `host`."
            )
        return model.RegistryCredentials(
            username=self.username, password=self.password.get_secret_value(), host=self.host
        )


class S3Credentials(Block):
    """Access to the buckets of the chart repositories, on AWS or any S3 that knows If-Match.

    Without keys, the worker's own are used: its environment, or the role of its pod.
    """

    _block_type_name = "Headway S3 credentials"
    _block_type_slug = "headway-s3-credentials"

    access_key: str = Field(default="", description="Access key ID; empty for the worker's own.")
    secret_key: SecretStr = Field(
        default=SecretStr(""), description="Secret access key, with read and write access to the buckets."
    )
    endpoint_url: str | None = Field(
        default=None,
        title="Endpoint URL",
        description="For an S3 other than AWS, such as https://s3.example.com.",
    )
    region: str = Field(default="us-east-1", description="Region of the buckets.")

    def credentials(self) -> model.S3Credentials:
        return model.S3Credentials(
            access_key=self.access_key,
            secret_key=self.secret_key.get_secret_value(),
            endpoint_url=self.endpoint_url,
            region=self.region,
        )

"""Credentials for git, git host, image registry and S3: masked in the UI, encrypted in Prefect's database."""

from pathlib import Path

from prefect.blocks.core import Block
from prefect.types import SecretDict
from pydantic import Field, SecretStr

from blocks.described_once import DescribedOnce
from headway.clients import forge, git
from headway.clients.forge import github_app
from headway.clients.git import remote
from headway.errors import BadInput
from headway.formats import known_hosts, ssh_key
from headway.model import credentials as model

_GIT = "Headway git credentials"


class GitCredentials(DescribedOnce, Block):
    """What opens git: a name and a token (or password) over HTTPS, a key over ssh; each where an address is of that kind."""

    _block_type_name = _GIT
    _block_type_slug = "headway-git-credentials"

    username: str = Field(
        default="", description="User over HTTPS, or whatever the forge wants beside a token."
    )
    password: SecretStr = Field(
        default=SecretStr(""), title="Password or token", description="With write access to the branch."
    )
    ssh_key: SecretStr | None = Field(
        default=None,
        title="ssh key",
        description="A private key for ssh, such as a deploy key, as ssh-keygen writes it, without a passphrase; in the place of "
        "the worker's own. Empty: those.",
    )
    ssh_keys: SecretDict = Field(
        default_factory=lambda: SecretDict({}),
        title="ssh keys of repositories",
        description="A private key by the address of the repository that it opens, or by how several begin, where one key opens "
        'one repository alone, as deploy keys of GitHub do: {"git@github.com:team/cart.git": "-----BEGIN ..."}. There it '
        "stands in the place of the other one.",
    )
    known_hosts: str = Field(
        default="",
        title="Known hosts",
        description="The keys of ssh hosts, as ssh-keyscan prints them, in the place of the worker's own. Empty: those. A host "
        "that is not known is never spoken to.",
    )

    def credentials(self) -> git.GitCredentials:
        """Raises BadInput where it says nothing, and for a key or known hosts that are none."""
        password = self.password.get_secret_value()
        key = self.ssh_key.get_secret_value().strip() if self.ssh_key else ""
        known = self.known_hosts.strip()
        keys = tuple(_key_of(*each) for each in self.ssh_keys.get_secret_value().items())
        if not (self.username or password or key or known or keys):
            raise _wrong(
                "it holds neither user and token nor an ssh key", "Fill in what the repository wants.", _GIT
            )
        if known:
            known_hosts.hosts(known, "known hosts", "ssh-keyscan HOST prints them.")
        return git.GitCredentials(
            username=self.username,
            password=password,
            ssh_key=ssh_key.opening(key, "ssh key", _MAKE_A_KEY) if key else "",
            known_hosts=known,
            ssh_keys=keys,
        )


def _key_of(address: str, key: object) -> tuple[str, str]:
    """Raises BadInput for an address that is none of ssh, and for what is no key."""
    remote.check_url(address)
    if not remote.is_by_ssh(address):
        raise BadInput(
            "a key by repository is for addresses of ssh, which this one is none of",
            where=address,
            next_step="Write it as git@host:path or ssh://git@host/path.",
        )
    return address, ssh_key.opening(str(key).strip(), f"ssh key of {address}", _MAKE_A_KEY)


_MAKE_A_KEY = "Make one: ssh-keygen -t ed25519 -N '' -C headway -f deploy-key"


class RegistryCredentials(DescribedOnce, Block):
    """What opens OCI image registries: a name and a token (or password) for one and for no other, AWS for one of its own, or a
    docker config for those that it names."""

    _block_type_name = "Headway registry credentials"
    _block_type_slug = "headway-registry-credentials"

    host: str = Field(
        default="",
        description="The registry as images name it: images.example.com[:port]. Empty with a docker config, which names its own.",
    )
    username: str = Field(default="", description="User of the registry; with `aws`, an access key ID.")
    password: SecretStr = Field(
        default=SecretStr(""),
        title="Password or token",
        description="Read access is enough; with `aws`, the secret access key.",
    )
    aws: bool = Field(
        default=False,
        title="AWS (ECR)",
        description="The password is asked of AWS; without user and password by the worker's own role or environment.",
    )
    docker_config: SecretStr | None = Field(
        default=None,
        title="Docker config",
        description="The text of a config.json of `docker login`, or of a pull secret (.dockerconfigjson).",
    )
    docker_config_path: str | None = Field(
        default=None,
        title="Path of a docker config",
        description="A file on the worker; instead of the text. The programs that it names (credHelpers) are run there.",
    )

    def credentials(self) -> model.RegistryLogins:
        """Raises BadInput where it says nothing or two things, and without a host: whoever may commit names the registries that
        would be shown them."""
        text = self.docker_config.get_secret_value() if self.docker_config else ""
        password = self.password.get_secret_value()
        of_one = bool(self.host.strip() or self.username or password or self.aws)
        if (bool(text) + bool(self.docker_config_path) + of_one) > 1:
            raise _wrong(
                "it says more than one thing",
                "Give one of: host with user and password or with aws, docker_config, docker_config_path.",
            )
        if text:
            return model.DockerConfig(text=text)
        if self.docker_config_path:
            return model.DockerConfig(path=Path(self.docker_config_path).expanduser())
        if not self.host.strip():
            raise _wrong("it names no host", "Fill in `host`.")
        if self.aws:
            if bool(self.username) != bool(password):
                raise _wrong(
                    "an access key without its secret, or the other way round", "Fill in both, or neither."
                )
            return model.AwsRegistry(self.host, self.username, password)
        if not (self.username or password):
            raise _wrong("it holds neither user nor password", "Fill them in, or set `aws`.")
        return model.RegistryCredentials(self.username, password, self.host)


def _wrong(what: str, next_step: str, where: str = "Headway registry credentials") -> BadInput:
    return BadInput(what, where=where, next_step=next_step)


class ForgeCredentials(DescribedOnce, Block):
    """A token of a git host's API: for pull requests, where the branch is written by those."""

    _block_type_name = "Headway forge credentials"
    _block_type_slug = "headway-forge-credentials"

    kind: str = Field(description="gitea (also Forgejo), github or gitlab.")
    url: str = Field(
        title="URL",
        description="The git host as people open it, such as https://git.example.com: the token is shown to it alone.",
    )
    token: SecretStr = Field(
        default=SecretStr(""),
        description="With the right to write pull requests, and to merge where policy says so. Empty with a GitHub App.",
    )
    app_id: str = Field(
        default="", title="App ID", description="Of a GitHub App, or its client ID; in the place of a token."
    )
    installation_id: str = Field(
        default="",
        title="Installation ID",
        description="Of that app in the organization or account of the repository.",
    )
    private_key: SecretStr | None = Field(
        default=None,
        description="Of that app, as GitHub gives it (PEM). Its tokens open git over https as well, where no git credentials do.",
    )
    view_url: str = Field(
        default="",
        title="Release view URL",
        description="With it, commits of services on this host are told what became of their images (commit statuses), each "
        "with a link there. Empty: they are not.",
    )

    def credentials(self) -> model.ForgeCredentials:
        """Raises BadInput for a kind that there is not, and for what is neither a token nor a whole GitHub App."""
        forge.require_kind(self.kind)
        token, address = self.token.get_secret_value(), self.url.rstrip("/")
        return model.ForgeCredentials(token, address, self.kind, self.view_url, self._app(token))

    def _app(self, token: str) -> model.GithubApp | None:
        key = self.private_key.get_secret_value() if self.private_key else ""
        parts = (self.app_id, self.installation_id, key)
        if not any(parts):
            if token:
                return None
            raise self._wrong("it holds no token", "Fill it in, or those of a GitHub App.")
        if token:
            raise self._wrong("it holds a token and a GitHub App", "Fill in one of them.")
        if self.kind != "github":
            raise self._wrong(f"{self.kind} has no GitHub Apps", "Give a token.")
        if not (all(parts) and self.installation_id.isdigit()):
            raise self._wrong(
                "a GitHub App wants its ID, the number of an installation, and a private key",
                "Fill in app_id, installation_id and private_key.",
            )
        github_app.require_key(key)
        return model.GithubApp(*parts)

    @staticmethod
    def _wrong(what: str, next_step: str) -> BadInput:
        return BadInput(what, where="Headway forge credentials", next_step=next_step)


class S3Credentials(DescribedOnce, Block):
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

"""The blocks that `headway add` is told to make: built and checked before any of them is saved."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click
from prefect.blocks.core import Block
from prefect.types import SecretDict
from pydantic import SecretStr

from blocks import Cluster, ForgeCredentials, GitCredentials, RegistryCredentials, S3Credentials
from headway.cli import blocks_of_prefect, files, secret_input
from headway.clients.forge import open_forge
from headway.clients.git import remote
from headway.errors import BadInput
from headway.formats import docker_config, kubeconfig_part
from headway.model.application import Application

C = TypeVar("C", GitCredentials, RegistryCredentials)

IN_CLUSTER = "in-cluster"


@dataclass(frozen=True, slots=True)
class Wanted:
    """As a person says it on the command line. Secrets stand in none of it."""

    clusters: tuple[str, ...] = ()
    """ENVIRONMENT=CONTEXT[@KUBECONFIG]"""
    git_user: str | None = None
    git_token_from: str | None = None
    git_ssh_key_from: str | None = None
    """Empty: the worker's own keys again; so with the next one."""
    git_known_hosts: str | None = None
    git_ssh_key_of: tuple[str, ...] = ()
    """ADDRESS=FILE; without a file that key is taken away."""
    registry_host: str | None = None
    registry_user: str | None = None
    registry_token_from: str | None = None
    registry_aws: bool = False
    registry_docker_config: str | None = None
    forge: str | None = None
    """Its kind."""
    forge_url: str | None = None
    forge_view: str | None = None
    """Of the release view."""
    forge_token_from: str | None = None
    forge_app: str | None = None
    forge_app_installation: str | None = None
    forge_app_key_from: str | None = None
    author: str | None = None
    """Of commits: Name <address>."""
    signing_key_from: str | None = None
    """Empty: commits are not signed any more."""
    s3_endpoint: str | None = None
    s3_region: str | None = None
    s3_access_key: str | None = None
    s3_secret_from: str | None = None

    def said_of_commits(self) -> dict[str, str | SecretStr | None]:
        """Fields of the application's block: those alone that are named."""
        source = self.signing_key_from
        key = secret_input.read(source, "", "signing key", "--signing-key-from") if source else None
        return {
            **({} if self.author is None else {"author": self.author}),
            **({} if source is None else {"signing_key": SecretStr(key) if key else None}),
        }

    @property
    def is_of_git(self) -> bool:
        """Whether it says anything of a git host."""
        by_ssh = self.git_ssh_key_from is not None or self.git_known_hosts is not None
        return bool(
            by_ssh
            or self.git_ssh_key_of
            or self.git_user
            or self.git_token_from
            or self.forge
            or self.forge_token_from
        )

    def git_of(self, git_url: str, former: GitCredentials | None) -> GitCredentials | None:
        """For an application repository, whose credentials are `former` by now: what is not named stays as it was. None where
        nothing is named. Raises BadInput for what opens nothing there."""
        by_key, by_token = self.git_ssh_key_from is not None, bool(self.git_user or self.git_token_from)
        if not (by_key or by_token or self.git_known_hosts is not None or self.git_ssh_key_of):
            return None
        remote.check_url(git_url)
        before = former or GitCredentials()
        made = GitCredentials(
            username=before.username,
            password=before.password,
            ssh_key=self._ssh_key(before),
            ssh_keys=self._ssh_keys(before),
            known_hosts=self._known_hosts(before),
        )
        by_ssh = by_key or (self.git_known_hosts is not None and not made.ssh_keys.get_secret_value())
        if by_ssh and not remote.is_by_ssh(git_url):
            raise BadInput(
                "an ssh key and known hosts are for addresses of ssh, which this one is none of",
                where=git_url,
                next_step="Register it as git@host:path or ssh://git@host/path; or give a token: --git-token-from FILE.",
            )
        if by_token and remote.is_by_ssh(git_url):
            raise BadInput(
                "a user and a token open https, and this address is one of ssh",
                where=git_url,
                next_step="Register it as https://host/path; or give a key: --git-ssh-key-from FILE.",
            )
        if by_token:
            token = secret_input.read(
                self.git_token_from, "HEADWAY_GIT_TOKEN", "git token", "--git-token-from"
            )
            made.username, made.password = self.git_user or "headway", SecretStr(token)
        secrets = (made.password, made.ssh_key, made.ssh_keys)
        if not (
            made.username or made.known_hosts or any(each and each.get_secret_value() for each in secrets)
        ):
            raise BadInput(
                "neither a key nor known hosts are left in the git credentials",
                where="git credentials",
                next_step='Take them away: headway add URL --git-credentials "".',
            )
        return _sound(made)

    def _ssh_key(self, former: GitCredentials) -> SecretStr | None:
        source = self.git_ssh_key_from
        if source is None:
            return former.ssh_key
        return SecretStr(secret_input.read(source, "", "ssh key", "--git-ssh-key-from")) if source else None

    def _ssh_keys(self, former: GitCredentials) -> SecretDict:
        """By the address of a repository."""
        keys = dict(former.ssh_keys.get_secret_value())
        for word in self.git_ssh_key_of:
            address, separator, source = word.partition("=")
            if not (address and separator) or not (source or address in keys):
                raise BadInput(
                    f"{word!r} names no repository and key of it",
                    where="--git-ssh-key-of",
                    next_step="Write ADDRESS=FILE, such as git@github.com:team/cart.git=cart-key; without a file the key of that "
                    "address is taken away.",
                )
            if source:
                keys[address] = secret_input.read(source, "", f"ssh key of {address}", "--git-ssh-key-of")
            else:
                del keys[address]
        return SecretDict(keys)

    def _known_hosts(self, former: GitCredentials) -> str:
        named = self.git_known_hosts
        if named is None:
            return former.known_hosts
        return secret_input.read(named, "", "known hosts", "--git-known-hosts") if named else ""

    def registry(self) -> RegistryCredentials | None:
        given = (self.registry_host, self.registry_user, self.registry_token_from, self.registry_aws)
        if self.registry_docker_config:
            return self._docker_config(others=any(given))
        if not any(given):
            return None
        if not (self.registry_host and (self.registry_user or self.registry_aws)):
            raise BadInput(
                "registry credentials want a host and a user",
                where="headway add",
                next_step="Name both: --registry-host registry.example.com --registry-user NAME.",
            )
        token = ""
        if self.registry_user or self.registry_token_from:
            token = secret_input.read(
                self.registry_token_from, "HEADWAY_REGISTRY_TOKEN", "registry token", "--registry-token-from"
            )
        return _sound(
            RegistryCredentials(
                host=self.registry_host,
                username=self.registry_user or "",
                password=SecretStr(token),
                aws=self.registry_aws,
            )
        )

    def _docker_config(self, *, others: bool) -> RegistryCredentials:
        if others:
            raise BadInput(
                "a docker config names registries and users itself",
                where="headway add",
                next_step="Take out the other --registry-... options.",
            )
        source = self.registry_docker_config
        text = secret_input.read(source, "", "docker config", "--registry-docker-config")
        docker_config.read(text.encode(), str(source))
        return RegistryCredentials(docker_config=SecretStr(text))

    def forge_of(self, git_url: str, former: ForgeCredentials | None = None) -> ForgeCredentials | None:
        """For the host of an application repository, whose credentials are `former` by now: what is not named stays as it was,
        but a token is shown to no other address than it was given for."""
        app = (self.forge_app, self.forge_app_installation, self.forge_app_key_from)
        is_other_view = bool(self.forge_view) if former is None else self.forge_view is not None
        if not (is_other_view or any((self.forge, self.forge_url, self.forge_token_from, *app))):
            return None
        scheme, separator, rest = git_url.partition("://")
        usual = (
            f"https://{rest.partition('/')[0].rpartition('@')[2]}" if scheme == "https" and separator else ""
        )
        kind = self.forge or (former.kind if former else "")
        url = self.forge_url or (former.url if former else usual)
        if not (kind and url):
            raise BadInput(
                "forge credentials want the kind of the git host, and its address where git's is not https",
                where="headway add",
                next_step="Name both: --forge gitea|github|gitlab --forge-url https://git.example.com.",
            )
        view = self.forge_view if self.forge_view is not None else former.view_url if former else ""
        made = ForgeCredentials(kind=kind, url=url, view_url=view)
        by_app = former is not None and former.private_key is not None
        is_renewed = any(app) or self.forge_token_from or ("HEADWAY_FORGE_TOKEN" in os.environ and not by_app)
        if former and not is_renewed and (kind, url) == (former.kind, former.url):
            made.token, made.private_key = former.token, former.private_key
            made.app_id, made.installation_id = former.app_id, former.installation_id
        elif any(app):
            made.app_id = self.forge_app or (former.app_id if former else "")
            made.installation_id = self.forge_app_installation or (former.installation_id if former else "")
            source = self.forge_app_key_from
            key = secret_input.read(source, "", "private key of the app", "--forge-app-key-from")
            made.private_key = SecretStr(key)
        if not (made.token.get_secret_value() or made.private_key) or self.forge_token_from:
            source = self.forge_token_from
            made.token = SecretStr(
                secret_input.read(
                    source, "HEADWAY_FORGE_TOKEN", "token of the git host", "--forge-token-from"
                )
            )
        open_forge(git_url, made.credentials())
        return made

    def s3(self) -> S3Credentials | None:
        """Without an access key the worker's own are used, at this endpoint."""
        if not any((self.s3_endpoint, self.s3_region, self.s3_access_key, self.s3_secret_from)):
            return None
        if self.s3_secret_from and not self.s3_access_key:
            raise BadInput(
                "a secret key wants its access key",
                where="headway add",
                next_step="Name it: --s3-access-key ID.",
            )
        secret = ""
        if self.s3_access_key:
            secret = secret_input.read(
                self.s3_secret_from, "HEADWAY_S3_SECRET_KEY", "S3 secret key", "--s3-secret-from"
            )
        return S3Credentials(
            access_key=self.s3_access_key or "",
            secret_key=SecretStr(secret),
            endpoint_url=self.s3_endpoint,
            region=self.s3_region or "us-east-1",
        )

    def clusters_of(self, application: Application) -> dict[str, tuple[Cluster, str]]:
        """By name of block: the block, and what is said of it. BadInput for an environment or context that there is not."""
        found: dict[str, tuple[Cluster, str]] = {}
        given: dict[str, str] = {}
        for word in self.clusters:
            environment, _, place = word.partition("=")
            if not place or environment not in application.environments:
                known = ", ".join(application.environments)
                raise BadInput(
                    f"{word!r} names no environment and context of it",
                    where="--cluster",
                    next_step=f"Write ENVIRONMENT=CONTEXT; environments: {known}.",
                )
            name = application.cluster(environment)
            if given.setdefault(name, place) != place:
                raise BadInput(
                    f"two environments share the block {name}, and are given {given[name]} and {place}",
                    where="--cluster",
                    next_step="Name one of them.",
                )
            found[name] = _cluster(place)
        return found


def _sound(block: C) -> C:
    """Before it is saved. Raises BadInput."""
    block.credentials()
    return block


def save(
    made: Mapping[str, tuple[Block, str]],
    application: Callable[[], None],
    is_there: Callable[[str, Block], bool],
) -> None:
    """By `<kind>/<name>`, then the `application` that uses them. `is_there` looks right before each is saved, whether it
    overwrites one. Where that comes to no end, also by Ctrl-C, it is said what is there. Raises Conflict where somebody saves
    one at the same moment, BadInput, Unreachable."""
    try:
        for slug, (block, said) in made.items():
            blocks_of_prefect.write(block, slug.partition("/")[2], overwrite=is_there(slug, block))
            print(f"saved {slug}: {said}")
        application()
    except BaseException:
        click.echo(
            "Not all is saved: blocks that are named above are, the application may not be. The same command again is safe.",
            err=True,
        )
        raise


def describe(made: Mapping[str, tuple[Block, str]]) -> Sequence[str]:
    return [f"would save {slug}: {said}" for slug, (_, said) in made.items()]


def _cluster(place: str) -> tuple[Cluster, str]:
    if place == IN_CLUSTER:
        return Cluster(in_cluster=True), "the cluster that the worker runs in"
    context, file = _split(place)
    part = kubeconfig_part.only(files.text(file), context, str(file), lambda path: _read(file.parent / path))
    block = Cluster(kubeconfig=SecretStr(part.text), context=part.context)
    program = f"; the worker needs the program {part.program}" if part.program else ""
    return block, f"context {part.context} at {part.server}{program}"


def _split(place: str) -> tuple[str, Path]:
    """Names of contexts hold `@` as well: what stands behind the last one is a kubeconfig only where it is a path."""
    context, _, named = place.rpartition("@")
    path = Path(named).expanduser()
    if context and (path.is_file() or named.startswith(("/", "./", "../", "~"))):
        return context, path
    return place, files.usual_kubeconfig()


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(
            f"it cannot be read: {error.strerror}", where=str(file), next_step="The kubeconfig names it."
        ) from error

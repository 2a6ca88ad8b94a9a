"""The blocks as the command line loads and saves them."""

from dataclasses import dataclass
from typing import TypeVar

from prefect.blocks.core import Block
from prefect.exceptions import ObjectNotFound

from blocks import Application, GitCredentials, RegistryCredentials, S3Credentials
from headway.cli.prefect_api import prefect_server
from headway.errors import BadInput, Refused

B = TypeVar("B", bound=Block)


@dataclass(frozen=True, slots=True)
class PolicyOptions:
    """Where policy lives, as a person names it; what they leave out stays as it was."""

    path: str | None = None
    url: str | None = None
    branch: str | None = None
    git: str | None = None
    """Name of a git credentials block."""


def application(
    url: str,
    branch: str,
    *,
    git: str | None,
    registry: str | None,
    s3: str | None,
    policy: PolicyOptions = PolicyOptions(),
) -> Application:
    """An Application block, not saved yet, with the credentials blocks of these names."""
    said = {
        "policy_path": policy.path,
        "policy_git_url": policy.url,
        "policy_branch": policy.branch,
        "policy_git_credentials": _named(GitCredentials, policy.git),
    }
    return Application(
        git_url=url,
        branch=branch,
        git_credentials=_named(GitCredentials, git),
        registry_credentials=_named(RegistryCredentials, registry),
        s3_credentials=_named(S3Credentials, s3),
        **{name: value for name, value in said.items() if value is not None},
    )


def with_former(block: Application, name: str) -> Application:
    """As it is to be saved under `name`: the same repository may be registered again, and keeps what it is allowed; another one
    is refused."""
    former = find(Application, name)
    if former and former.git_url != block.git_url:
        raise Refused(
            f"it is registered already, for {former.git_url}",
            where=f"application {name}",
            next_step="Choose another `application` in headway.yaml, or delete that block first.",
        )
    if former:
        for kept in Application.model_fields.keys() - block.model_fields_set:
            setattr(block, kept, getattr(former, kept))
    return block


def save(block: Application, name: str) -> None:
    with prefect_server():
        block.save(name, overwrite=True)


def find(kind: type[B], name: str) -> B | None:
    """The saved block, or None where there is none of this name."""
    with prefect_server() as client:
        try:
            client.read_block_document_by_name(name, kind.get_block_type_slug(), include_secrets=False)
        except ObjectNotFound:
            return None
    with prefect_server():
        loaded = kind.load(name)
    assert isinstance(loaded, kind)
    return loaded


def load(kind: type[B], name: str) -> B | None:
    """The same. Raises BadInput for one that can no longer be read, such as one that was saved by another Headway."""
    try:
        return find(kind, name)
    except ValueError as error:
        raise BadInput(
            f"it cannot be loaded: {' '.join(str(error).split())[:300]}",
            where=f"{kind.get_block_type_slug()}/{name}",
            next_step="Save it again.",
        ) from error


def _named(kind: type[B], name: str | None) -> B | None:
    if name is None:
        return None
    found = find(kind, name)
    if found is None:
        raise BadInput(f"there is no block {kind.get_block_type_slug()}/{name}", where="Prefect server")
    return found

"""The blocks as the command line loads and saves them."""

from dataclasses import dataclass
from typing import TypeVar

from prefect.blocks.core import Block
from prefect.client.schemas.objects import BlockDocument
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from pydantic import ValidationError

from blocks import Application, ForgeCredentials, GitCredentials, RegistryCredentials, S3Credentials
from flows import block_documents
from headway.cli import limits
from headway.cli.prefect_api import prefect_server
from headway.errors import BadInput, Conflict, Refused

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
    branch: str | None,
    *,
    git: str | None,
    registry: str | None,
    s3: str | None,
    forge: str | None = None,
    policy: PolicyOptions = PolicyOptions(),
) -> Application:
    """An Application block, not saved yet, with the credentials blocks of these names: None leaves a field as it was, an empty
    name takes the credentials away."""
    said = {
        "branch": branch,
        "policy_path": policy.path,
        "policy_git_url": policy.url,
        "policy_branch": policy.branch,
        "policy_git_credentials": named(GitCredentials, policy.git),
    }
    credentials = {
        "git_credentials": None if git is None else named(GitCredentials, git),
        "registry_credentials": None if registry is None else named(RegistryCredentials, registry),
        "s3_credentials": None if s3 is None else named(S3Credentials, s3),
        "forge_credentials": None if forge is None else named(ForgeCredentials, forge),
    }
    asked = {
        "git_credentials": git,
        "registry_credentials": registry,
        "s3_credentials": s3,
        "forge_credentials": forge,
    }
    return Application(
        git_url=url,
        **{field: found for field, found in credentials.items() if asked[field] is not None},
        **{field: value for field, value in said.items() if value is not None},
    )


def registered(url: str) -> Application | None:
    """The block that is saved for a repository, whatever its name; None where there is none."""
    names = [each.name for each in documents(Application) if (each.data or {}).get("git_url") == url]
    return load(Application, names[0] or "") if names else None


def documents(kind: type[B]) -> list[BlockDocument]:
    """All saved blocks of a kind, without their secrets, by name."""
    with prefect_server() as client:
        return block_documents.every(client, kind.get_block_type_slug())


def with_former(block: Application, name: str) -> Application:
    """As it is to be saved under `name`: the same repository may be registered again, and keeps what it is allowed; another one
    is refused. Whatever is not said now stays as it was."""
    former = find(Application, name)
    if former and former.git_url != block.git_url:
        raise Refused(
            f"it is registered already, for {former.git_url}",
            where=f"application {name}",
            next_step="Choose another `application` in headway.yaml; or, where its repository has moved here, "
            f"headway remove {name}, then this again with all that it was given, which headway blocks {name} lists.",
        )
    if former:
        for kept in Application.model_fields.keys() - block.model_fields_set:
            setattr(block, kept, getattr(former, kept))
    return block


def save(block: Application, name: str) -> None:
    """Prints that it is saved. Raises Conflict where somebody registered the name meanwhile."""
    former = find(Application, name)
    write(block, name, overwrite=former is not None and former.git_url == block.git_url)
    print(f"saved {told(block, name)}")


def told(block: Application, name: str) -> str:
    """What is saved, in a line, with what an operator allows."""
    said = f"{block.get_block_type_slug()}/{name}: {block.git_url} {block.branch}"
    return ", ".join([said, *limits.told(dict(block))])


def write(block: Block, name: str, *, overwrite: bool) -> None:
    """Raises Conflict where somebody saves it at the same moment; without `overwrite`, where there is one. BadInput for what no
    block holds."""
    slug = f"{block.get_block_type_slug()}/{name}"
    try:
        with prefect_server():
            block.save(name, overwrite=overwrite)
    except ObjectAlreadyExists as error:
        raise saved_meanwhile(slug) from error
    except ValidationError as error:
        # Without what it holds, which may be secret.
        said = "; ".join(each["msg"] for each in error.errors(include_url=False, include_input=False))
        raise _unfit(slug, said) from error
    except ValueError as error:
        # Prefect says so where it does not overwrite.
        if isinstance(error.__cause__, ObjectAlreadyExists):
            raise saved_meanwhile(slug) from error
        raise _unfit(slug, str(error)) from error


def _unfit(slug: str, why: str) -> BadInput:
    return BadInput(
        f"it cannot be saved: {why}",
        where=slug,
        next_step="Choose another name, or other values; nothing was saved.",
    )


def saved_meanwhile(slug: str) -> Conflict:
    """`slug`: <kind>/<name>."""
    return Conflict(
        "somebody else saved it at the same moment",
        where=slug,
        next_step="Look at it with headway blocks; then the same command again.",
    )


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


def named(kind: type[B], name: str | None) -> B | None:
    if not name:
        return None
    found = find(kind, name)
    if found is None:
        raise BadInput(
            f"there is no block {kind.get_block_type_slug()}/{name}",
            where="Prefect server",
            next_step="Save it in the Prefect UI, or by the options of headway add; headway blocks lists those there are.",
        )
    return found

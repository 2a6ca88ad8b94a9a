"""Registers an application with Prefect, but only one whose headway.yaml can be read."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from headway.cli import missing_clusters, output
from headway.cli.checking import summary
from headway.cli.where import Credentials
from headway.errors import BadInput, Refused
from headway.formats import headway_yaml
from headway.formats.headway_yaml import FILE

if TYPE_CHECKING:
    from prefect.blocks.core import Block

    from headway.cli.blocks_of_prefect import PolicyOptions
    from headway.cli.limits import Limits
    from headway.cli.new_blocks import Wanted
    from headway.clients.git import GitCredentials


def add(
    url: str,
    branch: str | None,
    *,
    limits: "Limits",
    credentials: Credentials,
    policy: "PolicyOptions",
    wanted: "Wanted",
    dry_run: bool,
) -> bool:
    """Saves the blocks that are wanted, and the Application block under the name that headway.yaml at the branch's head declares.

    Raises BadInput for a headway.yaml, policy, kubeconfig or secret that does not hold, Refused when the name belongs to another
    repository, or a block to another application, Unreachable when nobody answers: nothing is saved then. Conflict where
    somebody registers it at the same moment.
    """
    from blocks import Site
    from blocks.opening import git_credentials
    from headway.cli import blocks_of_prefect as saved
    from headway.cli.declared import declared_by

    former = saved.registered(url)
    new = {
        "git_credentials": (wanted.git_of(url, former.git_credentials if former else None), credentials.git),
        "registry_credentials": (wanted.registry(), credentials.registry),
        "s3_credentials": (wanted.s3(), credentials.s3),
        "forge_credentials": (
            wanted.forge_of(url, former.forge_credentials if former else None),
            credentials.forge,
        ),
    }
    git, registry, s3, forge = (None if made else named for made, named in new.values())
    block = saved.application(url, branch, git=git, registry=registry, s3=s3, forge=forge, policy=policy)
    for field, (made, _) in new.items():
        if made:
            setattr(block, field, made)
    for field, value in {**wanted.said_of_commits(), **limits.said()}.items():
        setattr(block, field, value)
    _ = block.commit_author
    reader, host = block.git_credentials, block.forge_credentials
    if former and "git_credentials" not in block.model_fields_set:
        reader = former.git_credentials
    if former and "forge_credentials" not in block.model_fields_set:
        host = former.forge_credentials
    if former and "branch" not in block.model_fields_set:
        block.branch = former.branch
    name = headway_yaml.read_packaged(
        _at_head(url, block.branch, git_credentials(url, reader, host)), FILE
    ).application
    if saved.find(Site, name):
        raise Refused(
            "a site is registered under that name",
            where=name,
            next_step="Choose another `application` in headway.yaml, or take the site away first: headway remove NAME.",
        )
    block = saved.with_former(block, name)
    declared = declared_by(block)
    save_together(
        name,
        new,
        wanted.clusters_of(declared),
        lambda: saved.save(block, name),
        said=saved.told(block, name),
        dry_run=dry_run,
    )
    print(summary(declared))
    if not dry_run:
        places = {each: declared.cluster(each) for each in declared.environments}
        output.tell(
            f"{environment}: {why}. {missing_clusters.way_out(name, environment)}"
            for environment, why in missing_clusters.missing(name, places).items()
        )
    return True


def save_together(
    name: str,
    new: Mapping[str, "tuple[Block | None, str | None]"],
    clusters: Mapping[str, "tuple[Block, str]"],
    application: Callable[[], None],
    *,
    said: str,
    dry_run: bool,
) -> None:
    """The blocks that are wanted, and then the `application` (or site) called `name` that uses them; of a dry run what would be
    saved is said: `said` of the application.

    `new`: credentials and the name of their block, `name` where that is None; `clusters`: by name, with what is said of each.
    Raises Refused for a block that is another's, and what new_blocks.save raises.
    """
    from headway.cli import credentials_shown, new_blocks, shared_blocks

    made_blocks: dict[str, tuple[Block, str]] = {
        f"{made.get_block_type_slug()}/{named or name}": (made, credentials_shown.shown(made))
        for made, named in new.values()
        if made
    }
    for cluster, found in clusters.items():
        made_blocks[f"{found[0].get_block_type_slug()}/{cluster}"] = found
    seen = shared_blocks.refuse_to_lead_elsewhere(
        name, {slug: made for slug, (made, _) in made_blocks.items()}
    )
    if dry_run:
        print("\n".join([*new_blocks.describe(made_blocks), f"would save {said}"]))
        return
    new_blocks.save(
        made_blocks, application, lambda slug, made: shared_blocks.is_there(name, slug, made, seen[slug])
    )


def _at_head(url: str, branch: str, credentials: "GitCredentials | None") -> str:
    from headway.clients.git import GitRepository
    from headway.workspace.systems import Access

    opened = credentials.at(url, url) if credentials else None
    repository = GitRepository(url, branch, Access(url).cache / "git", opened)
    data = repository.read(repository.head(), FILE)
    if data is None:
        raise BadInput(
            "the file is missing", where=f"{url} {branch}:{FILE}", next_step="Write one, and commit it."
        )
    return data.decode("utf-8", "replace")

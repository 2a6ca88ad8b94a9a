"""From the name of an application to the clients of its systems: what every flow begins with."""

from dataclasses import replace

from prefect import runtime
from pydantic import SecretStr

from blocks import looking
from blocks.application import Application
from blocks.cluster import Cluster
from blocks.credentials import ForgeCredentials as ForgeBlock
from blocks.credentials import GitCredentials as GitBlock
from blocks.site import Site
from headway.clients.forge import app_token
from headway.clients.forge.github_app import USERNAME
from headway.clients.git import GitCredentials
from headway.clients.kubernetes.cluster import Cluster as ClusterClient
from headway.errors import BadInput
from headway.model.application import Application as Declared
from headway.model.credentials import HttpCredentials, RepositoryCredentials, SopsKeys
from headway.workspace.dry_run import DryRunWorkspace, DryRunWriter
from headway.workspace.git_writer import LOCAL, PushingWriter
from headway.workspace.site import DryRunSiteWorkspace, SiteWorkspace
from headway.workspace.systems import Access
from headway.workspace.unregistered import unregistered
from headway.workspace.workspace import Workspace


def open_workspace(application: str, *, or_last_seen: bool = False, dry_run: bool = False) -> Workspace:
    """The workspace of the Application or Site block of that name. `or_last_seen`: see Workspace; `dry_run`: DryRunWorkspace.

    Raises BadInput where there is no such block, where there are both, and where it leads to an application of another name.
    """
    block = registered(application)
    if isinstance(block, Site):
        kind = DryRunSiteWorkspace if dry_run else SiteWorkspace
        return kind(access_of_site(block), block.declared(application), connect)
    run, found = runtime.flow_run.id, access(block)
    writer = PushingWriter(str(run or LOCAL), found.author)
    workspace = (
        DryRunWorkspace(found, connect, DryRunWriter(), or_last_seen=or_last_seen)
        if dry_run
        else Workspace(found, connect, writer, or_last_seen=or_last_seen)
    )
    _refuse_other_name(workspace.application, application, block.git_url)
    return workspace


def registered(name: str) -> Application | Site:
    """The block of that name. BadInput where there is none, or one of each kind: both would release."""
    application, site = looking.block(Application, name), looking.block(Site, name)
    if application and site:
        raise BadInput(
            f"{name!r} is registered both as an application and as a site",
            where="Prefect blocks",
            next_step="Delete one of the blocks.",
        )
    if found := application or site:
        return found
    raise unregistered(name)


def access_of_site(block: Site) -> Access:
    """What opens the systems around a site."""
    user, password = block.charts_username, _secret(block.charts_password)
    http = HttpCredentials(block.charts, user, password) if user else None
    return Access(
        git_url="",
        sops=SopsKeys(age=_secret(block.sops_age_key)),
        repositories=replace(_repositories(block), http=http),
    )


def _repositories(block: Application | Site) -> RepositoryCredentials:
    return RepositoryCredentials(
        s3=block.s3_credentials.credentials() if block.s3_credentials else None,
        registry=block.registry_credentials.credentials() if block.registry_credentials else None,
    )


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


def access(block: Application) -> Access:
    """What a block says about where things are, and what opens them. Raises BadInput where it says it by halves."""
    return Access(
        git_url=block.git_url,
        branch=block.branch,
        places=tuple(block.places),
        gates=tuple(block.gates),
        sops=SopsKeys(
            services=tuple(block.key_services),
            age=_secret(block.sops_age_key),
        ),
        named=tuple(block.repositories),
        images=tuple(block.images),
        local_folders=tuple(block.local_folders),
        policy=block.policy,
        author=block.commit_author,
        git=git_credentials(block.git_url, block.git_credentials, block.forge_credentials),
        forge=block.forge_credentials.credentials() if block.forge_credentials else None,
        repositories=_repositories(block),
    )


def git_credentials(url: str, git: GitBlock | None, forge: ForgeBlock | None) -> GitCredentials | None:
    """What opens the repository: git credentials, or a GitHub App's tokens where there are none but keys for others."""
    found = git.credentials() if git else None
    if found and not found.opens_named_alone:
        return found
    token = app_token(url, forge.credentials()) if forge else None
    return replace(found or GitCredentials(), username=USERNAME, token=token) if token else found


def connect(name: str) -> ClusterClient:
    """A client for the Cluster block of that name. BadInput where there is none."""
    block = looking.block(Cluster, name)
    if block is None:
        raise BadInput(
            f"no cluster {name!r} is registered",
            where="Cluster blocks",
            next_step="Save it: headway add URL --cluster ENVIRONMENT=CONTEXT; or in the Prefect UI.",
        )
    return looking.once(("cluster", block.way_in), block.connect)


def _refuse_other_name(declared: Declared, application: str, url: str) -> None:
    if declared.application != application:
        raise BadInput(
            f"it declares the application {declared.application!r}, its block is called {application!r}",
            where=f"{url} headway.yaml",
            next_step="Name the block after the application.",
        )

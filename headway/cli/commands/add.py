"""The command that registers an application or a site, with the blocks that are saved on the way."""

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

import click

from headway.cli.commands.options import credentials_blocks
from headway.cli.where import Credentials
from headway.errors import BadInput

C = TypeVar("C", bound=Callable[..., Any])


def _credentials(command: C) -> C:
    """Credentials that `add` saves: of none of them does a secret stand on the command line."""
    for name, metavar, said in (
        (
            "signing-key-from",
            "FILE",
            "Have commits signed by this private ssh key (ed25519 or RSA, no passphrase): a file, or -; empty: signed no more.",
        ),
        ("author", "'NAME <ADDRESS>'", "Whom commits name; Headway <headway@localhost> where left out."),
        (
            "forge-token-from",
            "FILE",
            "Its token: a file, or - for standard input; else HEADWAY_FORGE_TOKEN, or a prompt.",
        ),
        (
            "forge-app-key-from",
            "FILE",
            "In the place of a token the private key of a GitHub App, as GitHub gives it: a file, or -.",
        ),
        (
            "forge-app-installation",
            "NUMBER",
            "Where that app is installed: the number behind /installations/ in the address of its settings.",
        ),
        ("forge-app", "ID", "That app: its ID, or its client ID."),
        (
            "forge-view",
            "URL",
            "The release view: commits of services on that host are told how far their images came, with a link there.",
        ),
        (
            "forge-url",
            "URL",
            "That git host, as people open it; scheme and host of URL where left out, if that is https.",
        ),
        (
            "forge",
            "KIND",
            "Save forge credentials, for the git host's API: gitea (also Forgejo), github or gitlab.",
        ),
        (
            "s3-secret-from",
            "FILE",
            "Its secret key: a file, or - for standard input; else HEADWAY_S3_SECRET_KEY, or a prompt.",
        ),
        ("s3-access-key", "ID", "Save S3 credentials with this access key ID."),
        ("s3-region", "REGION", "Region of the buckets."),
        (
            "s3-endpoint",
            "URL",
            "An S3 other than AWS. Without an access key the worker's own are used there.",
        ),
        (
            "registry-token-from",
            "FILE",
            "Its token or password: a file, or -; else HEADWAY_REGISTRY_TOKEN, or a prompt.",
        ),
        (
            "registry-docker-config",
            "FILE",
            "Instead: save a docker config (config.json), for the registries that it names; or - for standard input.",
        ),
        ("registry-user", "NAME", "User of that registry; with --registry-aws, an access key ID."),
        ("registry-host", "HOST", "Save registry credentials for this registry, as images name it."),
        (
            "git-known-hosts",
            "FILE",
            "Keys of ssh hosts (ssh-keyscan -p PORT HOST), in place of the worker's: a file, or -; empty: the worker's again.",
        ),
        (
            "git-ssh-key-from",
            "FILE",
            "Save git credentials with this private ssh key (a deploy key, no passphrase): a file, or -; empty: the worker's.",
        ),
        (
            "git-token-from",
            "FILE",
            "The token or password: a file, or - for standard input; else HEADWAY_GIT_TOKEN, or a prompt.",
        ),
        (
            "git-user",
            "NAME",
            "Save git credentials with this user, or whatever the git host wants beside a token; `headway` where left out.",
        ),
    ):
        command = click.option(f"--{name}", metavar=metavar, help=said)(command)
    command = click.option(
        "--git-ssh-key-of",
        metavar="ADDRESS=FILE",
        multiple=True,
        help="The private ssh key of one repository, such as a service's, where a deploy key opens one alone: ADDRESS is that "
        "repository's, or how several begin; no file: that key is taken away. May be given more than once.",
    )(command)
    return click.option(
        "--registry-aws",
        is_flag=True,
        help="That registry is AWS's (ECR), which gives its password; without a user to the worker's own role.",
    )(command)


def _limits(command: C) -> C:
    """What an operator lets an application do, whatever its headway.yaml says."""
    for name, field, metavar, said in (
        (
            "key-service",
            "key_services",
            "ADDRESS",
            "Whom sops may ask for a key, as its files name them: an address of Vault, an ARN.",
        ),
        (
            "local-folder",
            "local_folders",
            "FOLDER",
            "A folder of the worker that headway.yaml may name as a repository, with all below it.",
        ),
        (
            "image",
            "images",
            "PREFIX",
            "How the image repositories begin that headway.yaml may name, such as registry.example.com/shop.",
        ),
        (
            "repository",
            "repositories",
            "PREFIX",
            "How the addresses of git and chart repositories begin that headway.yaml may name, such as s3://shop-charts.",
        ),
        (
            "gated",
            "gates",
            "NAME",
            "A cluster block, or an environment, where each release is approved by a person, whatever headway.yaml says.",
        ),
        (
            "place",
            "places",
            "CLUSTER[/NAMESPACE]",
            'Where alone it may be released: a cluster block, or a namespace of its. Of each of these lists "" leaves nothing.',
        ),
    ):
        command = click.option(f"--{name}", field, metavar=metavar, multiple=True, help=said)(command)
    return click.option(
        "--sops-age-key-from",
        metavar="FILE",
        help="age identities for its sops files, in the place of the worker's: a file, or -; empty: the worker's again.",
    )(command)


@click.command()
@click.argument("url", required=False)
@click.option("--charts", metavar="URL", help="Of a site: the chart repository, which is only read.")
@click.option("--chart", metavar="NAME", help="Of a site: the chart there.")
@click.option("--environment", metavar="NAME", help="Of a site: what the place is called.")
@click.option("--name", help="Of a site: what it is registered as; the chart's name where left out.")
@click.option(
    "--values",
    metavar="PLACE",
    help="Of a site: where values and secrets of its own lie: file:///folder, s3://bucket/folder or cluster:NAME.",
)
@click.option("--versions", metavar="CONSTRAINT", help="Of a site: which versions it takes, such as ~1.4.")
@click.option("--namespace", help="Of a site: where it is released; <name>-<environment> where left out.")
@click.option(
    "--charts-user", metavar="NAME", help="Of a site: user of that chart repository, if it wants one."
)
@click.option(
    "--charts-password-from",
    metavar="FILE",
    help="Their password: a file, or - for standard input; else HEADWAY_CHARTS_PASSWORD, or a prompt.",
)
@click.option(
    "--keyring",
    metavar="FILE",
    help="Of a site: public keys (gpg --armor --export), one of which must have signed each package.",
)
@click.option(
    "--cosign-key",
    metavar="FILE",
    help="Of a site: public keys (cosign public-key), with one of which cosign must have signed each package.",
)
@click.option(
    "--gate",
    type=click.Choice(["automatic", "approval"]),
    help="Of a site: whether a person approves each release.",
)
@click.option(
    "--drift",
    type=click.Choice(["report", "correct"]),
    help="Of a site: what is done about live objects that differ.",
)
@click.option("--timeout", metavar="DURATION", help="Of a site: how long one release may take, such as 10m.")
@click.option("--release", metavar="NAME", help="Of a site: Helm's release; its name where left out.")
@click.option(
    "--branch", help="Branch that feeds the first environment; what was registered, or main, where left out."
)
@click.option(
    "--cluster",
    "clusters",
    multiple=True,
    metavar="ENVIRONMENT=CONTEXT[@KUBECONFIG]",
    help="Save the cluster block of an environment: one context of a kubeconfig (KUBECONFIG, or ~/.kube/config, where none is "
    "named) and nothing else of it; ENVIRONMENT=in-cluster is the cluster that the worker runs in. May be given more than once.",
)
@_limits
@_credentials
@credentials_blocks
@click.option("--policy-path", help="The file that policy lives in, in the place of headway.yaml.")
@click.option("--policy-url", help="Git URL of that file; the application repository where left out.")
@click.option("--policy-branch", help="Branch of that file.")
@click.option(
    "--policy-git-credentials",
    metavar="BLOCK",
    help="Name of a saved git credentials block, for that repository.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be saved, and save nothing.")
def add(
    url: str | None,
    branch: str | None,
    credentials: Credentials,
    policy_path: str | None,
    policy_url: str | None,
    policy_branch: str | None,
    policy_git_credentials: str | None,
    dry_run: bool,
    **wanted: Any,
) -> bool:
    """Register an application, after a look at its headway.yaml, or a site, and save the blocks that you name on the way.

    URL is the git URL of the application repository. Registered again, all stays that you do not name; an empty name ("") takes
    credentials away. Credentials that it saves are called after the application, or as --git-credentials and so on say. What it
    is told is checked before anything is saved. A block that another application uses is led nowhere else: to no other server,
    proxy, certificate authority or registry. An application whose headway.yaml cannot be read now may use any cluster's block.

    All is looked at again right before each block is saved: of two who save a new one at once the second is refused. Between
    that look and the save of a block that is there already lies a moment in which the last one wins.

    A site has no git: in the place of URL it is told a chart repository, a chart, and the name of its one environment.

    \b
    Examples:
      headway add --charts https://charts.example.com/stable --chart shop --environment production --cluster production=depot
      headway add https://git.example.com/shop.git --git-user headway --cluster testing=staging-eu --dry-run
      headway add https://git.example.com/shop.git --git-token-from token.txt --cluster testing=eu@~/eu.kubeconfig
      headway add git@git.example.com:shop.git --git-ssh-key-from deploy-key --git-known-hosts hosts
      headway add git@github.com:team/shop.git --git-ssh-key-from shop-key --git-ssh-key-of git@github.com:team/cart.git=cart-key
      headway add https://git.example.com/shop.git --git-credentials shop --s3-credentials shop
      headway add https://git.example.com/shop.git --place shop-testing --place shop-production --gated shop-production
      headway add https://git.example.com/shop.git --policy-url https://git.example.com/policy.git --policy-path shop.yaml
    """
    from headway.cli.blocks_of_prefect import PolicyOptions
    from headway.cli.limits import Limits
    from headway.cli.new_blocks import Wanted
    from headway.cli.registration import add
    from headway.cli.site_registration import MODES, SiteOptions, add_site

    site = SiteOptions(**{field.name: wanted.pop(field.name) for field in dataclasses.fields(SiteOptions)})
    limits = Limits(**{field.name: wanted.pop(field.name) for field in dataclasses.fields(Limits)})
    if (url is not None) is site.is_given:
        raise BadInput("name a git URL, or what a site wants", where="headway add", next_step=MODES)
    if url is None:
        return add_site(site, limits, credentials=credentials, wanted=Wanted(**wanted), dry_run=dry_run)
    return add(
        url,
        branch,
        limits=limits,
        credentials=credentials,
        policy=PolicyOptions(policy_path, policy_url, policy_branch, policy_git_credentials),
        wanted=Wanted(**wanted),
        dry_run=dry_run,
    )

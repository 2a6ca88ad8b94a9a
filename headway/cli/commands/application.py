"""Commands about a whole application."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from headway.cli.commands.options import credentials_blocks, dry_run, output, policy_file, wait
from headway.cli.where import Credentials
from headway.errors import BadInput

C = TypeVar("C", bound=Callable[..., Any])


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@policy_file
def check(path: Path, policy: Path | None) -> bool:
    """Check a headway.yaml; changes nothing.

    PATH is the file, or the folder it lies in. The chart that lies there too is held against it: dependencies,
    their addresses, value files.

    \b
    Examples:
      headway check .
      headway check . --policy ../policy/shop.yaml
    """
    from headway.cli.checking import check

    return check(path, policy)


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--from-release",
    metavar="NAMESPACE/NAME",
    help="Begin with a Helm release: its chart where PATH has none, and where it runs.",
)
@click.option(
    "--kubeconfig",
    type=click.Path(path_type=Path),
    help="Of its cluster; found as kubectl does where left out.",
)
@click.option("--context", help="The kubeconfig's context; its current one where left out.")
@click.option("--dry-run", is_flag=True, help="Print it, and write nothing.")
def init(
    path: Path, from_release: str | None, kubeconfig: Path | None, context: str | None, dry_run: bool
) -> bool:
    """Write a first headway.yaml for an umbrella chart, or for a Helm release.

    PATH is the folder of its repository, which must be there; this one where left out. Services are the dependencies whose image
    and tag stand in values.yaml; environments those with value or secrets files; git addresses those of this clone and of clones
    beside it. What cannot be found out is guessed and marked: `# fill in: ...`; headway check names each of those until the mark
    is taken away.
    A headway.yaml that is there is not overwritten.

    \b
    Examples:
      headway init
      headway init . --dry-run
      headway init . --from-release shop-production/shop --context production
    """
    from headway.cli.initial import init

    return init(path, from_release=from_release, kubeconfig=kubeconfig, context=context, dry_run=dry_run)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@policy_file
@click.option(
    "--chart",
    "local",
    multiple=True,
    metavar="NAME=FOLDER",
    help="Take the chart in this folder for the dependency of that name; may be given more than once.",
)
@click.option(
    "--kubernetes",
    default="",
    metavar="VERSION",
    help="Such as 1.35; the newest whose schemas are here where left out.",
)
@output("table", "json")
def validate(path: Path, policy: Path | None, local: tuple[str, ...], kubernetes: str, output: str) -> bool:
    """Validate a chart or an application on this machine, as a delivery does before it publishes; changes nothing.

    PATH is the folder of a headway.yaml, or of any chart. It is linted, rendered with the values of each environment, and held
    against the schemas of Kubernetes; secrets in the clear, tags in the wrong file and removed APIs are found. Dependencies are
    taken from charts/, else from their repositories. Secrets are decrypted where their key is here. It ends with 1 where
    something is wrong. What only a delivery can ask, such as whether images exist, is left out.

    \b
    Examples:
      headway validate .
      headway validate . --chart cart=../cart/chart
      headway validate services/cart/chart --kubernetes 1.35 -o json
    """
    from headway.cli.validation import show

    return show(path, policy=policy, local=local, kubernetes=kubernetes, output=output)


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


@click.command()
@click.argument("application")
@click.option(
    "--dry-run", is_flag=True, help="Print what would be taken away and what stays; change nothing."
)
def remove(application: str, dry_run: bool) -> bool:
    """Take an application out of Prefect: nothing looks at it any more.

    Refused while one of its runs is under way or waits for an answer. Its block alone goes: releases in clusters, repositories,
    charts, images, and the blocks of clusters and credentials stay, and are named. `headway add` registers it again, and
    what its release records say counts then as before.

    \b
    Examples:
      headway remove shop --dry-run
      headway remove shop
    """
    from headway.cli.removal import remove

    return remove(application, dry_run=dry_run)


@click.command()
@click.argument("application", required=False)
@output("table", "json")
def blocks(application: str | None, output: str) -> bool:
    """List the blocks that are saved, for one application or all, and who uses them. No secret is shown.

    \b
    Examples:
      headway blocks shop
      headway blocks -o json
    """
    from headway.cli.saved_blocks import show

    return show(application, output=output)


@click.command()
@click.argument("application")
@wait
@dry_run
def deliver(application: str, wait: bool, dry_run: bool) -> bool:
    """Bring what is new as far as it may go.

    It also promotes what is good and has soaked; `headway promote` does that for one environment, when a person says so.

    The releases that it starts are runs of their own, which --wait does not wait for: `headway status` shows them.

    With --dry-run each stage says what it would do with what is there now: what follows from an earlier stage is not known.

    \b
    Examples:
      headway deliver shop --wait
      headway deliver shop --dry-run
    """
    from headway.cli.runs import start

    return start("deliver/deliver", {"application": application}, wait=wait, dry_run=dry_run)

"""Commands about a whole application."""

from pathlib import Path

import click

from headway.cli.commands.options import dry_run, policy_file, wait


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
    from headway.cli.registration import check

    return check(path, policy)


@click.command()
@click.argument("url")
@click.option("--branch", default="main", show_default=True, help="Branch that feeds the first environment.")
@click.option(
    "--git-credentials", metavar="BLOCK", help="Name of a saved git credentials block; none where left out."
)
@click.option(
    "--registry-credentials",
    metavar="BLOCK",
    help="Name of a saved registry credentials block; none where left out.",
)
@click.option(
    "--s3-credentials", metavar="BLOCK", help="Name of a saved S3 credentials block; none where left out."
)
@click.option("--policy-path", help="The file that policy lives in, in the place of headway.yaml.")
@click.option("--policy-url", help="Git URL of that file; the application repository where left out.")
@click.option("--policy-branch", help="Branch of that file.")
@click.option(
    "--policy-git-credentials",
    metavar="BLOCK",
    help="Name of a saved git credentials block, for that repository.",
)
def add(
    url: str,
    branch: str,
    git_credentials: str | None,
    registry_credentials: str | None,
    s3_credentials: str | None,
    policy_path: str | None,
    policy_url: str | None,
    policy_branch: str | None,
    policy_git_credentials: str | None,
) -> bool:
    """Register an application, after a look at its headway.yaml.

    URL is the git URL of the application repository. Registered again, it keeps what an operator allowed and the
    place of its policy; branch and credentials are those that are named now.

    \b
    Examples:
      headway add https://git.example.com/shop/application.git --git-credentials shop --s3-credentials shop
      headway add https://git.example.com/shop.git --policy-url https://git.example.com/policy.git --policy-path shop.yaml
    """
    from headway.cli.blocks_of_prefect import PolicyOptions
    from headway.cli.registration import add

    return add(
        url,
        branch,
        git=git_credentials,
        registry=registry_credentials,
        s3=s3_credentials,
        policy=PolicyOptions(policy_path, policy_url, policy_branch, policy_git_credentials),
    )


@click.command()
@click.argument("application")
@wait
@dry_run
def deliver(application: str, wait: bool, dry_run: bool) -> bool:
    """Bring what is new as far as it may go.

    It also promotes what is good and has soaked. No command promotes a version by name: that would go past soak, holds
    and bars, which a promotion keeps to.

    With --dry-run each stage says what it would do with what is there now: what follows from an earlier stage is not known.

    \b
    Examples:
      headway deliver shop --wait
      headway deliver shop --dry-run
    """
    from headway.cli.runs import start

    return start("deliver/deliver", {"application": application}, wait=wait, dry_run=dry_run)

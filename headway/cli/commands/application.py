"""Commands about a whole application."""

from pathlib import Path

import click

from headway.cli.commands.options import wait


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
def check(path: Path) -> bool:
    """Check a headway.yaml; changes nothing.

    PATH is the file, or the folder it lies in. The chart that lies there too is held against it: dependencies,
    their addresses, value files.

    \b
    Example:
      headway check .
    """
    from headway.cli.registration import check

    return check(path)


@click.command()
@click.argument("url")
@click.option("--branch", default="main", show_default=True, help="Branch that feeds the first environment.")
@click.option("--git-credentials", metavar="BLOCK", help="Name of a saved git credentials block.")
@click.option("--registry-credentials", metavar="BLOCK", help="Name of a saved registry credentials block.")
@click.option("--s3-credentials", metavar="BLOCK", help="Name of a saved S3 credentials block.")
def add(
    url: str,
    branch: str,
    git_credentials: str | None,
    registry_credentials: str | None,
    s3_credentials: str | None,
) -> bool:
    """Register an application, after a look at its headway.yaml.

    URL is the git URL of the application repository.

    \b
    Example:
      headway add https://git.example.com/shop/application.git --git-credentials shop --s3-credentials shop
    """
    from headway.cli.registration import add

    return add(url, branch, git=git_credentials, registry=registry_credentials, s3=s3_credentials)


@click.command()
@click.argument("application")
@wait
def deliver(application: str, wait: bool) -> bool:
    """Bring what is new as far as it may go.

    \b
    Example:
      headway deliver shop --wait
    """
    from headway.cli.runs import start

    return start("deliver/deliver", {"application": application}, wait=wait)

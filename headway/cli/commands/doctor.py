"""The command that tries what an application needs."""

from pathlib import Path

import click

from headway.cli.commands.options import credentials_blocks, output, policy_file
from headway.cli.where import Credentials


@click.command()
@click.argument("application", required=False)
@click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path),
    help="A headway.yaml, or its folder, that is not registered yet.",
)
@policy_file
@credentials_blocks
@output("table", "json")
def doctor(
    application: str | None,
    file: Path | None,
    policy: Path | None,
    credentials: Credentials,
    output: str,
) -> bool:
    """Try every connection that an application needs, and say what is missing and how to get it.

    Prefect's server, deployments, worker and blocks; git, image registry and chart repositories, to read and to write; the
    services' charts and their locks; clusters and the rights there; the key of the secrets; the programs of this machine.
    Nothing is changed: a push is a dry run, a write is asked on a condition that cannot hold. Each line is ok, missing or
    unknown: it ends with 1 where something is missing.

    \b
    Examples:
      headway doctor shop
      headway doctor shop -o json
      headway doctor -f . --git-credentials shop --s3-credentials shop
    """
    from headway.cli.doctor import Unregistered, show

    at_hand = Unregistered(file, policy, credentials) if file else None
    return show(application, at_hand, output=output)

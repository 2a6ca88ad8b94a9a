"""The command that tells who decided what."""

import click

from headway.cli.commands.options import in_environment, of_release, output
from headway.cli.where import Where


@click.command()
@in_environment
@of_release
@output("table", "json", "yaml")
def audit(
    application: str,
    environment: str,
    where: Where,
    output: str,
) -> bool:
    """Show what was decided about a release: by whom, when, why, and for which package.

    It reads the release record of one cluster, by a kubeconfig, and writes nothing. The newest decision comes first, and
    the last fifty are kept, whatever has become of the runs in which they were made.

    \b
    Examples:
      headway audit shop production
      headway audit shop production --context production -o json
    """
    from headway.cli.audit import show

    return show(
        application,
        environment,
        where=where,
        output=output,
    )

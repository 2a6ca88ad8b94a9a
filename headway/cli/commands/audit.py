"""The command that tells who decided what."""

from pathlib import Path

import click

from headway.cli.commands.options import in_environment, of_cluster


@click.command()
@in_environment
@of_cluster
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="For people, or for programs.",
)
def audit(
    application: str,
    environment: str,
    namespace: str,
    kubeconfig: Path | None,
    context: str | None,
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
        namespace=namespace,
        kubeconfig=kubeconfig,
        context=context,
        output=output,
    )

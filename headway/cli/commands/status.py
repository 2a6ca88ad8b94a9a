"""The command that looks, and asks nobody but a cluster and chart repositories."""

from pathlib import Path

import click

from headway.cli.commands.options import of_cluster, policy_file


@click.command()
@click.argument("application", required=False)
@of_cluster
@click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path),
    help="A headway.yaml: adds what policy says, such as `frozen: true`, and the order of environments.",
)
@policy_file
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "wide", "json"]),
    default="table",
    show_default=True,
    help="For people, for people who want more columns, or for programs.",
)
def status(
    application: str | None,
    namespace: str,
    kubeconfig: Path | None,
    context: str | None,
    file: Path | None,
    policy: Path | None,
    output: str,
) -> bool:
    """Show what runs where, since when, tested or not, and what waits.

    It reads the release records, Helm's history and the chart repositories of one cluster, by a kubeconfig, and writes
    nothing. Neither Prefect nor git is asked.

    \b
    Examples:
      headway status
      headway status shop --context production -f headway.yaml
      headway status shop -o json
    """
    from headway.cli.status import show

    return show(
        application,
        namespace=namespace,
        kubeconfig=kubeconfig,
        context=context,
        declared=file,
        policy=policy,
        output=output,
    )

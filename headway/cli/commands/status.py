"""The command that looks, and asks a cluster and chart repositories; Prefect alone when it is looked at."""

from pathlib import Path

import click

from headway.cli.commands.options import of_cluster, output, policy_file
from headway.cli.where import Where


@click.command()
@click.argument("application", required=False)
@of_cluster
@click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path),
    help="A headway.yaml, or its folder: adds what policy says, such as `frozen: true`, and the order of environments.",
)
@policy_file
@output("table", "wide", "json", "yaml", "name")
@click.option("-w", "--watch", "watched", is_flag=True, help="Look again and again, until Ctrl-C.")
@click.option(
    "--every",
    type=click.FloatRange(min=1),
    default=5,
    show_default=True,
    metavar="SECONDS",
    help="Between two looks of --watch.",
)
def status(
    application: str | None,
    where: Where,
    file: Path | None,
    policy: Path | None,
    output: str,
    watched: bool,
    every: float,
) -> bool:
    """Show what runs where, since when, tested or not, and what waits.

    It reads the release records, Helm's history and the chart repositories of one cluster, by a kubeconfig, and writes
    nothing. git is not asked, and Prefect, where a server is named, only when an application that is named was looked at last
    and is looked at next, and who has answered at a gate. With -f it names environments without a release, and asks Prefect
    which first ones wait for an approval. With --watch a terminal is redrawn; into a pipe goes a line, or a JSON document, for
    each release that has changed since. NOTES say it in a few words; -o wide and json have all of them, and `headway explain`
    what comes next.

    \b
    Examples:
      headway status
      headway status shop --context production -f headway.yaml
      headway status shop -o json
      headway status shop --watch
    """
    from headway.cli.status import show

    return show(
        application,
        where=where,
        declared=file,
        policy=policy,
        output=output,
        watched=watched,
        every=every,
    )

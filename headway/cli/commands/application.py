"""Commands about an application that is registered, as a whole."""

import click

from headway.cli.commands.options import dry_run, name, of_release, output, wait
from headway.cli.where import Where
from headway.errors import BadInput


@click.command()
@click.argument("application", callback=name)
@click.argument("environment", required=False, callback=name)
@click.option(
    "--dry-run", is_flag=True, help="Print what would be taken away and what stays; change nothing."
)
@of_release
def remove(application: str, environment: str | None, dry_run: bool, where: Where) -> bool:
    """Take an application out of Prefect: nothing looks at it any more. With ENVIRONMENT: take a release that it has left off the
    board.

    Refused while one of its runs is under way or waits for an answer. Its block alone goes: releases in clusters, repositories,
    charts, images, and the blocks of clusters and credentials stay, and are named. `headway add` registers it again, and
    what its release records say counts then as before.

    A release that it has left, since namespace, cluster or --release was changed, or the environment taken out of headway.yaml,
    keeps its record in its cluster, and is shown until that is taken away: what was good, barred and decided there. What runs
    there stays, as nobody's. Refused where the application is released there today, and while a run is at work.

    \b
    Examples:
      headway remove shop --dry-run
      headway remove shop
      headway remove shop production --release depot --namespace depot-production --context eu
    """
    from headway.cli import removal

    if environment:
        return removal.remove_former(application, environment, where=where, dry_run=dry_run)
    if where != Where():
        raise BadInput(
            "options of a cluster are about a release that the application has left",
            where="headway remove",
            next_step=f"Name its environment: headway remove {application} ENVIRONMENT.",
        )
    return removal.remove(application, dry_run=dry_run)


@click.command()
@click.argument("application", required=False)
@output("table", "json")
def blocks(application: str | None, output: str) -> bool:
    """List the blocks that are saved, for one application or all, and who uses them. No secret is shown. Of an application
    that was removed: what it left.

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

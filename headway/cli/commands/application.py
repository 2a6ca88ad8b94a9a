"""Commands about an application that is registered, as a whole."""

import click

from headway.cli.commands.options import dry_run, output, wait


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

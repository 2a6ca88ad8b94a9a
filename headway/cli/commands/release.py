"""Commands about the release of one environment."""

import getpass
from typing import Any

import click

from headway.cli.commands.options import by, in_environment, reason, wait


@click.command()
@in_environment
@click.option("--adopt", is_flag=True, help="A release made by hand becomes Headway's, once its tests pass.")
@by
@wait
def release(wait: bool, **parameters: Any) -> bool:
    """Bring one environment to its newest allowed version.

    It also goes on where somebody cancelled a run, and asks again where somebody said no. With --adopt, what the package of
    the version that runs would change is shown as a plan; then the tests decide, and nothing is barred or taken away.

    \b
    Examples:
      headway release shop testing --wait
      headway release shop production --adopt
    """
    from headway.cli.runs import start

    return start("release/release", parameters, wait=wait)


@click.command()
@in_environment
@reason
@click.option("--version", help="A good version; the newest good one with other content where left out.")
@by
@wait
def roll_back(wait: bool, **parameters: Any) -> bool:
    """Go back to a version that passed its tests, and stay there.

    \b
    Examples:
      headway roll-back shop production --reason "orders fail" --wait
      headway roll-back shop production --version 1.4.2 --reason "orders fail since 1.4.3"
    """
    from headway.cli.runs import start

    return start("roll-back/roll-back", parameters, wait=wait)


@click.command()
@in_environment
@reason
@by
@wait
def freeze(wait: bool, **parameters: Any) -> bool:
    """Stop one environment until it is lifted.

    Nothing is released, tested or taken back there by itself; a roll-back that a person asks for is.

    \b
    Example:
      headway freeze shop production --reason "the database is being moved"
    """
    from headway.cli.runs import start

    return start("freeze/freeze", parameters, wait=wait)


@click.command()
@in_environment
@click.argument("what")
@reason
@by
@wait
def lift(wait: bool, **parameters: Any) -> bool:
    """Take back a hold, a freeze, or the rejection on a version.

    WHAT is hold, freeze, or a version that is barred there.

    \b
    Examples:
      headway lift shop production hold --reason "fixed in 1.4.4"
      headway lift shop testing 1.4.3 --reason "the node was broken, not the version"
    """
    from headway.cli.runs import start

    return start("lift/lift", parameters, wait=wait)


@click.command()
@in_environment
@click.option("--approver", default=getpass.getuser, show_default="you", help="Who answers.")
@click.option("--comment", default="", help="Why, if you like.")
@click.option("--reject", is_flag=True, help="Answer no.")
@click.option("--show", is_flag=True, help="Print the plan and leave the release waiting.")
def approve(
    application: str, environment: str, approver: str, comment: str, reject: bool, show: bool
) -> bool:
    """Show the plan of a release that waits, and answer it.

    \b
    Examples:
      headway approve shop production --show
      headway approve shop production --comment "checked with Ada"
    """
    from headway.cli import approvals

    if show:
        return approvals.show(application, environment)
    return approvals.answer(application, environment, approved=not reject, approver=approver, comment=comment)

"""The command that has people told."""

import click

KINDS = ("waits", "released", "rolled-back", "frozen")


@click.command()
@click.option(
    "--block",
    required=True,
    metavar="TYPE/NAME",
    help="A notification block that is saved in Prefect, such as slack-webhook/team.",
)
@click.option("--application", metavar="NAME", help="Of one application alone; of all where left out.")
@click.option(
    "--on",
    "kinds",
    multiple=True,
    type=click.Choice(KINDS),
    help="What people are told; all four where left out. May be given more than once.",
)
def notify(block: str, application: str | None, kinds: tuple[str, ...]) -> bool:
    """Have people told when a release waits for approval, is released, goes back, or is frozen.

    It registers automations in Prefect that send a message by a notification block, with the reason and the command that
    comes next. Called again it changes what is to be another block or text, and makes none twice.

    \b
    Examples:
      headway notify --block slack-webhook/team
      headway notify --block slack-webhook/shop --application shop --on waits --on rolled-back
    """
    from headway.cli.notifications import register

    return register(block, application=application, kinds=kinds)

"""Commands about what is kept of a release's runs."""

from typing import Any
from uuid import UUID

import click

from headway.cli.commands.options import by, in_environment, output, why


@click.command()
@in_environment
@click.option(
    "--run",
    type=click.UUID,
    help="Id of a run; where left out that which is at work, else the newest of that release.",
)
@click.option(
    "--lines",
    type=click.IntRange(min=1),
    default=500,
    show_default=True,
    help="At most so many, the newest.",
)
@click.option("--follow", is_flag=True, help="Until the run has ended or waits for approval.")
def logs(application: str, environment: str, run: UUID | None, lines: int, follow: bool) -> bool:
    """Show what a release, a roll-back, a freeze or a lift said while it ran.

    \b
    Examples:
      headway logs shop testing
      headway logs shop testing --run 0b9e5a3c-7c1f-4c55-9a39-0f1d3f6f2a11 --lines 50
    """
    from headway.cli.kept import show_log

    return show_log(application, environment, run=run, lines=lines, follow=follow)


@click.command()
@in_environment
@why
@by
@output("table", "json", "yaml", "name")
def tests(output: str, **parameters: Any) -> bool:
    """Run the tests of what runs now, and show how they end.

    Nothing follows from it: no version is barred, gone back from, or called good. Ends with 1 where a test fails. -o name has the
    tests that failed.

    \b
    Examples:
      headway tests shop testing
      headway tests shop testing --reason "the database was moved" -o json
    """
    from headway.cli.tests import run

    return run(parameters, output)


@click.command()
@in_environment
@click.argument("revision", type=click.IntRange(min=1), required=False)
@click.option("--whole", is_flag=True, help="Show ordinary events as well.")
def evidence(application: str, environment: str, revision: int | None, whole: bool) -> bool:
    """Show why a release failed: the failing thing first, with its logs, warnings and the change.

    It is that of the last failure, or of the REVISION that is named. What stood in secrets is redacted.

    \b
    Examples:
      headway evidence shop testing
      headway evidence shop testing 14 --whole
    """
    from headway.cli.kept import show_evidence

    return show_evidence(application, environment, revision, whole=whole)

"""Commands about the release of one environment."""

from typing import Any

import click

from headway.cli.commands.options import (
    answered_by,
    by,
    dry_run,
    in_environment,
    name,
    output,
    reason,
    wait,
    why,
)


@click.command()
@in_environment
@click.option("--adopt", is_flag=True, help="A release made by hand becomes Headway's, once its tests pass.")
@why
@by
@wait
@dry_run
def release(wait: bool, dry_run: bool, **parameters: Any) -> bool:
    """Bring one environment to its newest allowed version.

    It also goes on where somebody cancelled a run, and asks again where somebody said no. With --adopt, what the package of
    the version that runs would change is shown as a plan; then the tests decide, and nothing is barred or taken away.

    \b
    Examples:
      headway release shop testing --wait
      headway release shop testing --reason "the registry is back"
      headway release shop production --adopt --dry-run
    """
    from headway.cli.runs import start

    return start("release/release", parameters, wait=wait, dry_run=dry_run)


@click.command()
@in_environment
@click.option("--version", help="A version that passed its tests there; the newest of these where left out.")
@reason
@by
@wait
@dry_run
def promote(version: str | None, wait: bool, dry_run: bool, **parameters: Any) -> bool:
    """Bring the version tested in the environment before to this one, and release it.

    It is what a delivery does of itself, begun by a person, at their time; of an older good version where one is named. What
    keeps a version back from a delivery keeps it back here: a soak, a freeze, a hold, a bar, a constraint. The release that
    follows asks where policy wants an approval.

    \b
    Examples:
      headway promote shop production --reason "the sale is over" --wait
      headway promote shop staging --version 1.4.2 --reason "to be seen by Ada" --dry-run
    """
    from headway.cli.runs import start
    from headway.decide.supply.promotion import NEWEST

    wanted = {**parameters, "promote": version or NEWEST}
    return start("release/release", wanted, wait=wait, dry_run=dry_run)


@click.command()
@in_environment
@reason
@click.option("--version", help="A good version; the newest good one with other content where left out.")
@by
@wait
@dry_run
def roll_back(wait: bool, dry_run: bool, **parameters: Any) -> bool:
    """Go back to a version that passed its tests, and stay there.

    \b
    Examples:
      headway roll-back shop production --reason "orders fail" --wait
      headway roll-back shop production --version 1.4.2 --reason "orders fail since 1.4.3"
    """
    from headway.cli.runs import start

    return start("roll-back/roll-back", parameters, wait=wait, dry_run=dry_run)


@click.command()
@in_environment
@reason
@by
@wait
@dry_run
def freeze(wait: bool, dry_run: bool, **parameters: Any) -> bool:
    """Stop one environment until it is lifted.

    Nothing is released, tested or taken back there by itself; a roll-back that a person asks for is.

    \b
    Example:
      headway freeze shop production --reason "the database is being moved"
      headway freeze shop production --reason "the database is being moved" --dry-run
    """
    from headway.cli.runs import start

    return start("freeze/freeze", parameters, wait=wait, dry_run=dry_run)


def _liftable(_: click.Context, __: click.Parameter, value: str) -> str:
    from headway.formats import chart_version
    from headway.formats.near_names import meant

    if value in ("hold", "freeze") or chart_version.parse(value):
        return value
    raise click.BadParameter(
        f"{value!r} is none of hold, freeze, or a version{meant(value, ('hold', 'freeze'))}"
    )


@click.command()
@in_environment
@click.argument("what", callback=_liftable)
@reason
@by
@wait
@dry_run
def lift(wait: bool, dry_run: bool, **parameters: Any) -> bool:
    """Take back a hold, a freeze, or the rejection on a version.

    WHAT is hold, freeze, or a version that is barred there.

    \b
    Examples:
      headway lift shop production hold --reason "fixed in 1.4.4"
      headway lift shop testing 1.4.3 --reason "the node was broken, not the version"
    """
    from headway.cli.runs import start

    return start("lift/lift", parameters, wait=wait, dry_run=dry_run)


_meant = click.option(
    "--version",
    default="",
    help="The version that is meant: where the release that waits is of another, nothing is answered.",
)


_whole = click.option("--plan", "whole", is_flag=True, help="Print the whole plan, not what it comes to.")


@click.command()
@in_environment
@answered_by
@click.option("--reason", "--comment", "reason", default="", help="Why, if you like.")
@_meant
@_whole
@click.option("--reject", is_flag=True, help="Answer no.")
@click.option("--show", is_flag=True, help="Print the whole plan and leave the release waiting.")
def approve(
    application: str,
    environment: str,
    by: str,
    reason: str,
    version: str,
    whole: bool,
    reject: bool,
    show: bool,
) -> bool:
    """Say what the plan of a release that waits comes to, and answer it.

    Read the whole of it before, by --show: lines that differ, object by object.

    \b
    Examples:
      headway approve shop production --show
      headway approve shop production --version 1.4.2 --reason "checked with Ada"
    """
    from headway.cli import approvals

    if show:
        return approvals.show(application, environment)
    return approvals.answer(
        application,
        environment,
        approved=not reject,
        approver=by,
        comment=reason,
        version=version,
        whole=whole,
    )


@click.command()
@in_environment
@answered_by
@reason
@_meant
@_whole
def reject(application: str, environment: str, by: str, reason: str, version: str, whole: bool) -> bool:
    """Answer no to a release that waits: the same as `approve --reject`.

    That version is not asked about again until somebody calls `headway release`.

    \b
    Example:
      headway reject shop production --reason "not before the sale"
    """
    from headway.cli import approvals

    return approvals.answer(
        application, environment, approved=False, approver=by, comment=reason, version=version, whole=whole
    )


@click.command()
@click.argument("application", callback=name)
@click.argument("environment", callback=name, required=False, default="")
@click.option(
    "--pull-request",
    type=click.IntRange(1),
    metavar="N",
    help="In the place of an environment: what merging it would change in all of them, as a comment on it.",
)
@click.option("--dry-run", is_flag=True, help="Of a pull request: show the comment, and do not write it.")
@output("table", "json", "yaml")
def plan(application: str, environment: str, pull_request: int | None, dry_run: bool, output: str) -> bool:
    """Show what a release would change now; changes nothing.

    It is the plan of the release that waits for approval, where one does; else a dry run of a release makes it. Of a pull
    request to the application repository it is rendered without cluster and keys, and written on it: `deliver` does so of itself.

    \b
    Examples:
      headway plan shop production
      headway plan shop production -o json
      headway plan shop --pull-request 17 --dry-run
    """
    if bool(environment) == (pull_request is not None):
        raise click.UsageError("name either an environment or --pull-request N")
    if pull_request is None:
        if dry_run:
            raise click.UsageError("--dry-run is for --pull-request: the plan of a release changes nothing")
        from headway.cli import approvals

        return approvals.plan_now(application, environment, output)
    if output != "table":
        raise click.UsageError("the plan of a pull request is a text")
    from headway.cli.runs import start

    wanted = {"application": application, "pull_request": pull_request}
    return start("plan-pull-requests/plan-pull-requests", wanted, wait=True, dry_run=dry_run)

"""Commands about inputs that must not be chosen, and that may be chosen again."""

import click

from headway.cli.commands.options import by, dry_run, of_cluster, output, reason
from headway.cli.where import Where

reference = click.argument("reference")


@click.command()
@click.argument("application")
@reference
@reason
@by
@dry_run
def bar(application: str, reference: str, reason: str, by: str, dry_run: bool) -> bool:
    """Never choose an image tag or a service chart's version again.

    REFERENCE is IMAGE:TAG or CHART:VERSION. An application that uses it moves to the newest one that may still be chosen,
    older or not, with the next delivery. Versions that hold it already still go on to later environments: freeze these until one
    without it has come. What nobody has pushed yet may be barred as well; that is said, since it may be a slip.

    \b
    Examples:
      headway bar shop registry.example.com/shop/cart:main-1a2b3c4 --reason "loses orders"
      headway bar shop cart:0.1.7 --reason "asks for too much memory"
    """
    from headway.cli import barring
    from headway.decide.supply.barring import bar

    return barring.write(application, reference, bar, reason=reason, by=by, dry_run=dry_run, must_exist=True)


@click.command()
@click.argument("application")
@reference
@reason
@by
@dry_run
def allow(application: str, reference: str, reason: str, by: str, dry_run: bool) -> bool:
    """Let an input that is barred be chosen again, in a new version with its own verdict.

    REFERENCE is IMAGE:TAG or CHART:VERSION. Where it is barred together with others, the whole set is allowed.

    \b
    Example:
      headway allow shop registry.example.com/shop/cart:main-1a2b3c4 --reason "the node was broken"
    """
    from headway.cli import barring
    from headway.decide.supply.barring import allow

    return barring.write(application, reference, allow, reason=reason, by=by, dry_run=dry_run)


@click.command()
@click.argument("application")
@of_cluster
@output("table", "json", "yaml", "name")
def quarantine(application: str, where: Where, output: str) -> bool:
    """Show what is barred: which inputs, since when, by whom, why, and how to allow them again.

    It reads the application's repository. Where that cannot be read, or a cluster is named, the release records say which
    versions are barred there.

    \b
    Examples:
      headway quarantine shop
      headway quarantine shop --context testing -o json
    """
    from headway.cli.quarantine import show

    return show(application, where=where, output=output)

"""The commands that tell of a release's past."""

from pathlib import Path

import click

from headway.cli.commands.options import in_environment, of_clusters, of_releases, output, said
from headway.cli.where import Where


@click.command()
@in_environment
@of_releases
@click.option(
    "--last",
    type=click.IntRange(min=1),
    help="So many revisions, the newest; all that are known where left out.",
)
@output("table", "wide", "json", "yaml", "name")
def history(
    application: str,
    environment: str,
    where: Where,
    last: int | None,
    output: str,
) -> bool:
    """Show what became of a release, revision by revision: what, how it ended, how long it took, by whom and why.

    It reads the release record, Helm's history and the archive beside the packages, and writes nothing. A release that was
    made by hand is named by release and namespace.

    \b
    Examples:
      headway history shop production
      headway history shop production --last 5 -o wide
      headway history shop production -o json
    """
    from headway.cli.history import show

    return show(
        application,
        environment,
        where=where,
        output=output,
        last=last,
    )


@click.command()
@in_environment
@click.argument("revision", type=click.IntRange(min=1), required=False)
@of_releases
@click.option(
    "--registry", is_flag=True, help="Ask registries for the images' labels and what is attached to them."
)
@output("table", "json", "yaml")
def show(
    application: str,
    environment: str,
    revision: int | None,
    where: Where,
    registry: bool,
    output: str,
) -> bool:
    """Show what is in a revision: chart, images with their commits, objects, tests, and why it came.

    REVISION is what is deployed where it is left out. It reads as `history` does, and writes nothing.

    \b
    Examples:
      headway show shop production
      headway show shop production 14
      headway show shop production --registry
      headway show shop production 14 -o json
    """
    from headway.cli.history import show_revision

    return show_revision(
        application,
        environment,
        revision,
        where=where,
        ask_registries=registry,
        output=output,
    )


@click.command()
@click.argument("application")
@click.argument("places", nargs=-1, required=True, metavar="ENVIRONMENT [REVISION [REVISION] | ENVIRONMENT]")
@of_releases
@click.option(
    "--live",
    is_flag=True,
    help="Compare with what lives in the cluster, and with what the chart repository offers.",
)
@click.option(
    "--repository",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    multiple=True,
    help="A clone of a service or of the application: then the commits between are listed. Nothing is fetched.",
)
@output("table", "json", "yaml", "name")
def diff(
    application: str,
    places: tuple[str, ...],
    where: Where,
    live: bool,
    repository: tuple[Path, ...],
    output: str,
) -> bool:
    """Show what lies between two revisions, two environments, or a release and what lives.

    Versions, commits, images, charts, values and objects. A secret is told only as changed. One revision is compared with
    what is deployed. Nothing is rendered, and nothing is written.

    \b
    Examples:
      headway diff shop production 13 14
      headway diff shop production 13
      headway diff shop production testing --context testing --context production
      headway diff shop production testing --repository .
      headway diff shop production --live
    """
    from headway.cli.comparing import diff

    return diff(
        application,
        places,
        live=live,
        clones=repository,
        where=where,
        output=output,
    )


@click.command()
@click.argument("what", callback=said)
@of_clusters
@click.option(
    "--repository",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    multiple=True,
    help="A clone of a service: then also what holds the commit is found, not only what names it.",
)
@click.option(
    "--registry", is_flag=True, help="Ask registries for the commit of images whose tag names none."
)
@output("table", "wide", "json", "yaml", "name")
def trace(
    what: str,
    where: Where,
    repository: tuple[Path, ...],
    registry: bool,
    output: str,
) -> bool:
    """Show where something is now and where it came from, in both directions.

    WHAT is a commit (its first seven digits or more), an image (whole, or as tables name it: cart:main-1a2b3c4), a digest,
    CHART:VERSION, a version of the application, or APPLICATION/ENVIRONMENT/REVISION. It is looked for in records, Helm's
    history, archives and indices; what could not be asked is said below.

    \b
    Examples:
      headway trace 1a2b3c4
      headway trace registry.example.com/shop/cart:main-1a2b3c4
      headway trace cart:1.4.0
      headway trace shop/production/14 -o json
      headway trace 1a2b3c4 --context testing --context production
    """
    from headway.cli.tracing import trace

    return trace(
        what,
        where=where,
        clones=repository,
        ask_registries=registry,
        output=output,
    )


@click.command()
@click.argument("application")
@click.argument("what", callback=said)
@of_clusters
@click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path),
    help="A headway.yaml, or its folder: its order of environments, and which come after which.",
)
@click.option("--registry", is_flag=True, help="Ask registries for the images of the change.")
@output("table", "wide", "json", "yaml")
def delivery(
    application: str, what: str, where: Where, file: Path | None, registry: bool, output: str
) -> bool:
    """Show one change on its way: where it stands, what it waits for, why it went back or was left alone.

    WHAT is an image, its tag or digest, a commit (its first seven digits or more), or a version of the application. Runs and
    their reports are asked for where PREFECT_API_URL or a profile names a server; what could not be asked is said on standard
    error. Which environments come after which, release records name from their next release on; -f tells it before.
    -o wide adds what each stage took.

    \b
    Examples:
      headway delivery shop main-1a2b3c4
      headway delivery shop 1.4.0 -o wide
      headway delivery shop 1a2b3c4 --registry -o json
    """
    from headway.cli.delivery import show

    return show(application, what, where=where, declared=file, ask_registries=registry, output=output)


@click.command()
@click.argument("application", required=False)
@of_clusters
@click.option(
    "--days", type=click.IntRange(1, 36500), default=30, show_default=True, help="How far to look back."
)
@click.option(
    "--prometheus", is_flag=True, help="In Prometheus' text format, such as for a textfile collector."
)
@click.option("--stages", is_flag=True, help="How long each stage of a delivery took instead.")
@click.option("--registry", is_flag=True, help="Ask registries when images were built.")
@output("table", "wide", "json", "yaml")
def figures(
    application: str | None,
    where: Where,
    days: int,
    prometheus: bool,
    stages: bool,
    registry: bool,
    output: str,
) -> bool:
    """Show how often, how fast and how well environments are delivered to.

    The four figures of DORA: deployments, lead time from commit to tested, changes that failed, and how soon they were made good;
    times are medians. With --stages median and p90 of each stage: taken up by a commit, published, begun, upgraded, tested.

    \b
    Examples:
      headway figures
      headway figures shop --stages --registry
      headway figures shop --days 90
      headway figures --prometheus
    """
    from headway.cli.figures import show

    return show(
        application,
        days=days,
        prometheus=prometheus,
        where=where,
        stages=stages,
        ask_registries=registry,
        output=output,
    )

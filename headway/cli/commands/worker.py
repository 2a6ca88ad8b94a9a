"""Commands about the worker that executes Headway's flows."""

import click


@click.group()
def worker() -> None:
    """The worker that executes Headway's flows."""


@worker.command()
@click.option("--pool", default="headway", show_default=True, help="Its work pool; made where there is none.")
@click.option("--name", help="Its name in Prefect; a new one each time where left out.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many runs at once.")
@click.option(
    "--drain",
    type=click.IntRange(min=0),
    default=600,
    show_default=True,
    metavar="SECONDS",
    help="How long runs under way may go on after SIGTERM.",
)
@click.option(
    "--import",
    "modules",
    multiple=True,
    metavar="MODULE",
    help="Import this in the place of Headway's flows; may be given more than once.",
)
def start(pool: str, name: str | None, limit: int | None, drain: int, modules: tuple[str, ...]) -> None:
    """Execute the runs of a work pool, each in a fork that has the flows imported.

    SIGTERM or Ctrl-C: it takes no more runs and ends with the last one under way; a second one ends them.

    \b
    Example:
      headway worker start --limit 8
    """
    from headway.cli.worker import start

    start(pool, name=name, limit=limit, drain_seconds=drain, modules=modules)

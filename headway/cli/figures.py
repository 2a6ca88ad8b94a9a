"""Prints the figures of deliveries, by the kubeconfig at hand."""

from datetime import UTC, datetime, timedelta

import click

from headway.cli.output import Found, show_found, tell
from headway.cli.where import Where
from headway.decide.review import figures_text
from headway.formats.near_names import meant
from headway.workspace import delivery_figures


def show(
    application: str | None,
    *,
    days: int,
    prometheus: bool,
    where: Where,
    stages: bool,
    ask_registries: bool,
    output: str,
) -> bool:
    """False where nothing is known of the application that is named. Raises BadInput for a kubeconfig, Unreachable, Refused."""
    counted, unasked = delivery_figures.of_clusters(
        where.clusters(),
        datetime.now(UTC),
        namespace=where.namespace,
        window=timedelta(days=days),
        ask_registries=ask_registries,
    )
    chosen, trouble = counted.of(lambda ref: application in (None, ref.application))
    near = meant(application or "", {each.ref.application for each in counted.of(lambda _: True)[0]})
    nothing = f"no release of {application or 'any application'} has a record here{near}"
    if prometheus:
        click.echo(figures_text.prometheus(chosen), nl=False)
        tell([nothing] if application and not chosen else [])
    else:
        values = [figures_text.values(each) for each in chosen]
        wide = figures_text.rows(chosen, wide=True)
        rows = figures_text.rows(chosen)
        if stages:
            rows = wide = figures_text.stage_rows(chosen)
        show_found(Found(rows, values, wide=wide, nothing=nothing), output)
    tell((*trouble, *unasked))
    return bool(chosen) or application is None

"""Prints what is barred of an application: what its repository says, or where that cannot be read the release records."""

import click

from headway.cli.output import Found, show_found
from headway.cli.where import Where
from headway.decide.review import quarantine_table
from headway.decide.review.quarantine_table import Barred
from headway.errors import BadInput, HeadwayError
from headway.formats.visible import visible
from headway.workspace import known_releases


def show(application: str, *, where: Where, output: str) -> bool:
    """The records alone where a cluster is named. Raises BadInput, Refused, Unreachable."""
    if where != Where():
        barred = _of_records(application, where)
    else:
        try:
            barred = _of_repository(application)
        except HeadwayError as error:
            click.echo(f"{visible(str(error))} The release records of the cluster at hand say:", err=True)
            barred = _of_records(application, where)
    show_found(found(application, barred), output)
    return True


def found(application: str, barred: list[Barred]) -> Found:
    return Found(
        quarantine_table.rows(barred),
        list(map(quarantine_table.values, barred)),
        names=[each.what for each in barred],
        nothing=f"nothing of {application} is barred",
    )


def _of_repository(application: str) -> list[Barred]:
    """By the Application block. Prefect is loaded here, and only here."""
    from blocks.opening import open_workspace
    from headway.cli.prefect_api import prefect_server

    with prefect_server():
        workspace = open_workspace(application)
    return quarantine_table.of_repository(application, workspace.source.quarantine)


def _of_records(application: str, where: Where) -> list[Barred]:
    every = known_releases.every((where.cluster(),), where.namespace)
    read = [each.record for each in every if each.record and each.ref.application == application]
    if not read:
        raise BadInput(
            "no record of it is here",
            where=application,
            next_step="Name the cluster by --context or --kubeconfig; headway status shows what it holds.",
        )
    return [barred for record in read for barred in quarantine_table.of_record(record)]

"""Prints what is barred of an application: what its repository says, and the release records of what that bars no input for."""

from collections.abc import Sequence

import click

from headway.cli.output import Found, show_found, tell
from headway.cli.where import Where
from headway.decide.review import quarantine_table
from headway.decide.review.quarantine_table import Barred
from headway.errors import BadInput, HeadwayError
from headway.formats.visible import visible
from headway.model.quarantine import QuarantinedInput
from headway.model.record import ReleaseRecord
from headway.workspace import known_releases


def show(application: str, *, where: Where, output: str) -> bool:
    """The records alone where a cluster is named. Raises BadInput, Refused, Unreachable."""
    trouble = ""
    if where != Where():
        barred = _of_records(application, where)
    else:
        try:
            quarantined = _quarantined(application)
        except HeadwayError as error:
            click.echo(f"{visible(str(error))} The release records of the cluster at hand say:", err=True)
            barred = _of_records(application, where)
        else:
            barred = quarantine_table.of_repository(application, quarantined)
            try:
                barred += _versions(application, where, quarantined)
            except HeadwayError as error:
                trouble = f"which versions are barred, beside inputs, is not known: {error}"
    show_found(found(application, barred), output)
    tell(filter(None, [trouble]))
    return True


def found(application: str, barred: list[Barred]) -> Found:
    return Found(
        quarantine_table.rows(barred),
        list(map(quarantine_table.values, barred)),
        names=[each.what for each in barred],
        nothing=f"nothing of {application} is barred",
    )


def _quarantined(application: str) -> Sequence[QuarantinedInput]:
    """By the Application block. Prefect is loaded here, and only here."""
    from blocks.opening import open_workspace
    from headway.cli.prefect_api import prefect_server

    with prefect_server():
        workspace = open_workspace(application)
    return tuple(workspace.source.quarantine)


def _versions(application: str, where: Where, quarantined: Sequence[QuarantinedInput]) -> list[Barred]:
    """That no input is barred for, as the records of the cluster at hand say."""
    return [
        barred
        for record in _records(application, where)
        for barred in quarantine_table.of_record(record, quarantined)
    ]


def _records(application: str, where: Where) -> list[ReleaseRecord]:
    every = known_releases.every((where.cluster(),), where.namespace)
    return [each.record for each in every if each.record and each.ref.application == application]


def _of_records(application: str, where: Where) -> list[Barred]:
    if not (read := _records(application, where)):
        raise BadInput(
            "no record of it is here",
            where=application,
            next_step="Name the cluster by --context or --kubeconfig; headway status shows what it holds.",
        )
    return [barred for record in read for barred in quarantine_table.of_record(record)]

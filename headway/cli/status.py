"""Prints what runs where, by the kubeconfig at hand: it needs neither Prefect nor git."""

import json
from datetime import datetime
from pathlib import Path

import click

from headway.cli import files
from headway.cli.kubeconfig import cluster
from headway.cli.table import print_rows
from headway.decide.review import status_table
from headway.errors import BadInput
from headway.workspace.status import StatusReader


def show(
    application: str | None,
    *,
    namespace: str,
    kubeconfig: Path | None,
    context: str | None,
    declared: Path | None,
    policy: Path | None = None,
    output: str,
) -> bool:
    """`output`: table, wide or json. Raises BadInput for a kubeconfig or headway.yaml, Unreachable, Refused."""
    if policy and not declared:
        raise BadInput(
            "a policy is read together with a headway.yaml", where=str(policy), next_step="Name that by -f."
        )
    read = files.application(declared, policy) if declared else None
    reader = StatusReader(declared=read, policy=str(policy or "headway.yaml"))
    found = reader.read_all(cluster(kubeconfig, context), namespace)
    chosen = [each for each in found if application in (None, each.ref.application)]
    if output == "json":
        print(json.dumps([status_table.values(each) for each in chosen], indent=2, default=_json))
    elif chosen:
        print_rows(status_table.rows(chosen, wide=output == "wide"))
    else:
        click.echo(f"no release of {application or 'any application'} has a record here", err=True)
    return True


def _json(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} in a status")

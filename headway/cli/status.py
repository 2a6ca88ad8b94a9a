"""Prints what runs where, by the kubeconfig at hand: it needs neither Prefect nor git."""

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from headway.cli import files
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.review import status_table
from headway.decide.review.status import ReleaseStatus
from headway.formats import headway_yaml
from headway.workspace.status import StatusReader

_USUAL = "~/.kube/config"


def show(
    application: str | None,
    *,
    namespace: str,
    kubeconfig: Path | None,
    context: str | None,
    declared: Path | None,
    output: str,
) -> bool:
    """`output`: table, wide or json. Raises BadInput for a kubeconfig or headway.yaml, Unreachable, Refused."""
    policy = headway_yaml.read(files.text(declared), str(declared)) if declared else None
    found = StatusReader(declared=policy).read_all(_cluster(kubeconfig, context), namespace)
    chosen = [each for each in found if application in (None, each.ref.application)]
    if output == "json":
        print(json.dumps([status_table.values(each) for each in chosen], indent=2, default=_json))
    elif chosen:
        print_table(chosen, wide=output == "wide")
    else:
        click.echo(f"no release of {application or 'any application'} has a record here", err=True)
    return True


def print_table(statuses: Sequence[ReleaseStatus], *, wide: bool) -> None:
    """Titles stand out on a terminal; piped, it is plain text."""
    rows = status_table.rows(statuses, wide=wide)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for at, row in enumerate(rows):
        line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        click.secho(line, bold=at == 0)


def _cluster(kubeconfig: Path | None, context: str | None) -> Cluster:
    """As kubectl finds it: what is named, KUBECONFIG, the usual file, or the cluster this runs in."""
    named = str(kubeconfig or os.environ.get("KUBECONFIG") or "")
    usual = Path(_USUAL).expanduser()
    if not named and not usual.exists() and "KUBERNETES_SERVICE_HOST" in os.environ:
        return Cluster.in_cluster()
    return Cluster.from_kubeconfig(Path(named) if named else usual, context)


def _json(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} in a status")

"""Prints where something is and where it came from, by the kubeconfig at hand: it needs neither Prefect nor, unless a clone is
named, git."""

from datetime import UTC, datetime
from pathlib import Path

from headway.cli.output import Found, show_found
from headway.cli.where import Where
from headway.decide.review import trace_text
from headway.workspace import tracer


def trace(
    what: str,
    *,
    where: Where,
    clones: tuple[Path, ...],
    ask_registries: bool,
    output: str,
) -> bool:
    """False where nothing that is known here names it. Raises BadInput for a kubeconfig, Unreachable, Refused."""
    found = tracer.trace(
        what,
        where.clusters(),
        namespace=where.namespace,
        clones=clones,
        ask_registries=ask_registries,
    )
    now = datetime.now(UTC)
    show_found(
        Found(
            trace_text.rows(found, now),
            trace_text.values(found),
            wide=trace_text.rows(found, now, wide=True),
            names=trace_text.names(found),
            nothing=f"nothing that is known here names {what}",
            notes=found.unknown,
        ),
        output,
    )
    return not found.is_empty

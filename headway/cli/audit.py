"""Prints who decided what about a release, by the kubeconfig at hand: it needs neither Prefect nor git."""

from headway.cli.output import Found, show_found
from headway.cli.where import Where
from headway.decide.review import audit_table
from headway.errors import BadInput
from headway.workspace import known_releases


def show(
    application: str,
    environment: str,
    *,
    where: Where,
    output: str,
) -> bool:
    """`output`: see headway.cli.output. BadInput where there is no record of that release, or several; Unreachable, Refused."""
    known = known_releases.recorded(
        (where.cluster(),), application, environment, where.namespace, where.releases
    )
    if known is None or known.record is None:
        raise BadInput(
            "no record of it is here",
            where=f"{application} in {environment}",
            next_step="Name the cluster by --context or --kubeconfig; headway status shows what it holds.",
        )
    audit = known.record.audit
    said = [each.model_dump(mode="json") for each in audit]
    show_found(Found(audit_table.rows(audit), said), output)
    return True

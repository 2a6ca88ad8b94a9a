"""Prints who decided what about a release, by the kubeconfig at hand: it needs neither Prefect nor git."""

from collections.abc import Iterator

from headway.cli.output import Found, show_found
from headway.cli.where import Where
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.decide.review import audit_table
from headway.errors import BadInput
from headway.model.record import ReleaseRecord


def show(
    application: str,
    environment: str,
    *,
    where: Where,
    output: str,
) -> bool:
    """`output`: see headway.cli.output. Raises BadInput where there is no record of that release, Unreachable, Refused."""
    place = (application, environment)
    read = records(where.cluster(), where.namespace)
    record = next((each for each in read if (each.application, each.environment) == place), None)
    if record is None:
        raise BadInput(
            "no record of it is here",
            where=f"{application} in {environment}",
            next_step="Name the cluster by --context or --kubeconfig; headway status shows what it holds.",
        )
    said = [each.model_dump(mode="json") for each in record.audit]
    show_found(Found(audit_table.rows(record.audit), said), output)
    return True


def records(cluster: Cluster, namespace: str) -> Iterator[ReleaseRecord]:
    """Those that can be read: a damaged one says nothing, and hides no other."""
    for store in ReleaseRecordStore.all(cluster, namespace):
        try:
            record, _ = store.read()
        except BadInput:
            continue
        if record:
            yield record

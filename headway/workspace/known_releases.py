"""Where a release is, by application and environment, among the clusters at hand; also one that was made by hand alone, which is
named as Helm does: release and namespace.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from headway.clients.helm.storage import HelmStorage
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.errors import BadInput
from headway.model.record import ReleaseRecord
from headway.model.release_ref import ReleaseRef

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KnownRelease:
    ref: ReleaseRef
    store: ReleaseRecordStore
    record: ReleaseRecord | None


def every(clusters: Iterable[Cluster], namespace: str = "") -> Iterator[KnownRelease]:
    """All releases with a record that can be read; a damaged record hides no other. Raises Unreachable, Refused."""
    for cluster in clusters:
        for store, record in ReleaseRecordStore.records(cluster, namespace):
            ref = ReleaseRef(record.application, record.environment, record.release)
            yield KnownRelease(ref, store, record)


def place_of(cluster: Cluster, namespace: str, release: str) -> str:
    """Where it is, in words that tell it from every other release."""
    return f"{release} in namespace {namespace} of {cluster.api.host}"


def there(seen: Iterable[ReleaseRef], application: str, environment: str) -> str:
    """What is there in its place, as the end of a sentence: environments of the application, else other applications."""
    seen = list(seen)
    environments = sorted({each.environment for each in seen if each.application == application})
    if environment in environments:
        return ""
    if environments:
        return f"; of {application} there {'are' if environments[1:] else 'is'} {' and '.join(environments)}"
    others = sorted({each.application for each in seen})
    return f"; there {'are' if others[1:] else 'is'} {', '.join(others)}" if others else ""


def only_one(named: Mapping[str, T], application: str, environment: str) -> T | None:
    """Of what says that it is this release, by its place; None where nothing does. BadInput for several."""
    if len(named) > 1:
        raise BadInput(
            f"several releases say that they are it: {', '.join(sorted(named))}",
            where=f"{application} in {environment}",
            next_step="Name one by --release, its namespace by --namespace, and its cluster by --context; "
            "headway.<release> is the ConfigMap that holds its record. One that it has left is taken off the board by "
            f"headway remove {application} {environment}, with these options.",
        )
    return next(iter(named.values()), None)


def recorded(
    clusters: Iterable[Cluster],
    application: str,
    environment: str,
    namespace: str = "",
    releases: Collection[str] = (),
) -> KnownRelease | None:
    """The one with a record. Raises as `find` does."""
    named = {
        place_of(each.store.cluster, each.store.namespace, each.store.release): each
        for each in every(clusters, namespace)
        if (each.ref.application, each.ref.environment) == (application, environment)
        and (not releases or each.store.release in releases)
    }
    return only_one(named, application, environment)


def find(
    clusters: Iterable[Cluster],
    application: str,
    environment: str,
    namespace: str = "",
    releases: Collection[str] = (),
) -> KnownRelease:
    """`releases`: names of releases in Helm, of which it is one; any where there is none.

    BadInput where there is none, or several records say that they are it; Unreachable, Refused.
    """
    clusters = tuple(clusters)
    if named := recorded(clusters, application, environment, namespace, releases):
        return named
    seen = [each.ref for each in every(clusters, namespace)]
    for cluster in clusters if not releases or application in releases else ():
        store = ReleaseRecordStore(cluster, namespace or environment, application)
        if HelmStorage(cluster, store.namespace, application).newest():
            return KnownRelease(ReleaseRef(application, environment, application), store, None)
    raise BadInput(
        f"no such release is here{there(seen, application, environment)}",
        where=f"{application} in {environment}",
        next_step="Name the cluster by --context or --kubeconfig; headway status shows what it holds. "
        f"What Helm alone knows is named by its release and namespace. Was nothing released yet: headway doctor {application}.",
    )

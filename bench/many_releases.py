"""Fills a cluster with releases that have a long past: each revision is a copy of one that Helm stored."""

import base64
import gzip
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.model.record import ReleaseRecord

PER_NAMESPACE = 10
"""Releases."""
_AT_ONCE = 8


@contextmanager
def many_releases(
    cluster: Cluster, like: ReleaseRecordStore, releases: int, revisions: int
) -> Iterator[None]:
    """As many releases, each with as many revisions, and the record of `like`; in namespaces that go away afterwards."""
    record, _ = like.read()
    if record is None:
        raise SystemExit(f"bench: {like.namespace} has no release of Headway's: run make demo first")
    stored = _newest(cluster, like)
    names = [f"bench-view-{number:02}" for number in range(-(-releases // PER_NAMESPACE))]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            for name in names:
                cluster.api.create("/api/v1/namespaces", {"metadata": {"name": name}})
            made = [
                pool.submit(
                    _release, cluster, like, record, stored, names[at // PER_NAMESPACE], at, revisions
                )
                for at in range(releases)
            ]
            for each in made:
                each.result()
            yield
        finally:
            for name in names:
                cluster.api.delete(f"/api/v1/namespaces/{name}")


def _newest(cluster: Cluster, like: ReleaseRecordStore) -> Object:
    selector = f"owner=helm,name={like.release},status=deployed"
    return cluster.api.items(f"/api/v1/namespaces/{like.namespace}/secrets", labelSelector=selector)[0]


def _release(
    cluster: Cluster,
    like: ReleaseRecordStore,
    record: ReleaseRecord,
    stored: Object,
    namespace: str,
    number: int,
    revisions: int,
) -> None:
    name = f"app{number:03}"
    store = ReleaseRecordStore(cluster, namespace, name, like.charts)
    store.create(record.model_copy(update={"application": name, "environment": "testing", "release": name}))
    document: dict[str, Any] = json.loads(
        gzip.decompress(base64.b64decode(base64.b64decode(stored["data"]["release"])))
    )
    for revision in range(1, revisions + 1):
        status = "deployed" if revision == revisions else "superseded"
        written = {**document, "name": name, "namespace": namespace, "version": revision}
        written["info"] = {**document["info"], "status": status}
        packed = base64.b64encode(gzip.compress(json.dumps(written).encode(), 6))
        cluster.api.create(
            f"/api/v1/namespaces/{namespace}/secrets",
            {
                "type": "helm.sh/release.v1",
                "metadata": {
                    "name": f"sh.helm.release.v1.{name}.v{revision}",
                    "labels": {"owner": "helm", "name": name, "version": str(revision), "status": status},
                },
                "data": {"release": base64.b64encode(packed).decode()},
            },
        )

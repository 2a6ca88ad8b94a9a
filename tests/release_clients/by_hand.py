"""What somebody changes in a cluster beside Headway."""

from typing import Any

from headway.clients.kubernetes.api import FIELD_MANAGER, Object
from headway.clients.kubernetes.cluster import Cluster


def merge(cluster: Cluster, path: str, body: Object, **query: Any) -> None:
    """A JSON merge patch (RFC 7386), as `kubectl patch --type merge` sends it."""
    cluster.api._object(
        "PATCH", path, {"fieldManager": FIELD_MANAGER, **query}, body, "application/merge-patch+json"
    )

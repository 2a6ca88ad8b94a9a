"""The key of a release's digests: a plain digest of a secret value would help to guess it."""

import base64
import secrets

from headway.clients.cluster import Cluster
from headway.clients.kubernetes_api import Object
from headway.errors import BadInput, Conflict

_FIELD = "hmac-key"


def hmac_key(cluster: Cluster, namespace: str, release: str) -> bytes:
    """32 random bytes in Secret `headway.<release>`, made once. Raises Gone without the namespace."""
    folder = f"/api/v1/namespaces/{namespace}/secrets"
    name = f"headway.{release}"
    found = cluster.api.find(f"{folder}/{name}")
    if found is None:
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        labels = {"app.kubernetes.io/managed-by": "headway", "headway/release": release}
        body: Object = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace, "labels": labels},
            "data": {_FIELD: key},
            "immutable": True,
        }
        try:
            found = cluster.api.create(folder, body)
        except Conflict:
            # Somebody else was first: theirs is the key.
            found = cluster.api.get(f"{folder}/{name}")
    try:
        return base64.b64decode(found["data"][_FIELD])
    except (KeyError, TypeError) as error:
        raise BadInput(
            f"it has no {_FIELD}",
            where=f"Secret {namespace}/{name}",
            next_step="Delete it: Headway writes a new one, and asks once more for approvals that wait.",
        ) from error

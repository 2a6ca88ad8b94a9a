"""The key of a release's digests: a plain digest of a secret value would help to guess it."""

import base64
import secrets
from dataclasses import dataclass, field

from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.errors import BadInput, Conflict
from headway.formats import helm_marks

_FIELD = "hmac-key"
_BYTES = 32


@dataclass(frozen=True, slots=True)
class HmacKey:
    """Looks only read, so before the first change there is no stored key: then one in memory stands in.

    What is digested with that one equals nothing that was recorded, nor what another look digests.
    """

    value: bytes = field(repr=False)
    stored: bool

    @classmethod
    def in_memory(cls) -> "HmacKey":
        return cls(secrets.token_bytes(_BYTES), stored=False)


def find(cluster: Cluster, namespace: str, release: str) -> HmacKey | None:
    """The key in Secret `headway.<release>`; None before the first change. BadInput where somebody spoilt it."""
    found = cluster.api.find(f"{_folder(namespace)}/{_name(release)}")
    return _key(found, namespace) if found else None


def make(cluster: Cluster, namespace: str, release: str) -> HmacKey:
    """The key, made once: 32 random bytes. The namespace is created where it is missing."""
    if key := find(cluster, namespace, release):
        return key
    cluster.ensure_namespace(namespace)
    body: Object = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": _name(release),
            "namespace": namespace,
            "labels": {helm_marks.MANAGED_BY: "headway", "headway/release": release},
        },
        "data": {_FIELD: base64.b64encode(secrets.token_bytes(_BYTES)).decode()},
        "immutable": True,
    }
    try:
        made = cluster.api.create(_folder(namespace), body)
    except Conflict:
        # Somebody else was first: theirs is the key.
        made = cluster.api.get(f"{_folder(namespace)}/{_name(release)}")
    return _key(made, namespace)


def _key(secret: Object, namespace: str) -> HmacKey:
    try:
        return HmacKey(base64.b64decode(secret["data"][_FIELD]), stored=True)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(
            f"it has no {_FIELD}",
            where=f"Secret {namespace}/{secret['metadata']['name']}",
            next_step="Delete it: Headway writes a new one, and asks once more for approvals that wait.",
        ) from error


def _folder(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/secrets"


def _name(release: str) -> str:
    return f"headway.{release}"

"""Secret values that a stored revision was given, or made."""

from collections.abc import Iterator

from headway.clients.helm.storage import StoredRevision
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.formats import helm_description, secret_leaves


def of(stored: StoredRevision, store: ReleaseRecordStore) -> Iterator[str]:
    """Found only when they are asked for: of most revisions nobody has to know. Raises BadInput for what cannot be read."""
    yield from secret_leaves.of_revision(
        stored.files,
        stored.values,
        namespace=store.namespace,
        release=store.release,
        # What a site gave of its own is known to nobody here, and any of it may be secret.
        all_of_unknown=_is_ours(stored),
    )
    yield from secret_leaves.of_manifest(stored.manifest, stored.hooks)


def _is_ours(stored: StoredRevision) -> bool:
    """Of what failed Helm keeps its own description."""
    return helm_description.read(stored.description).ours or stored.status == "failed"

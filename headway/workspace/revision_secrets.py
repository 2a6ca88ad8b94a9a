"""Secret values that a stored revision was given, or made."""

from collections.abc import Iterator

from headway.clients.helm.storage import StoredRevision
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.formats import secret_leaves


def of(stored: StoredRevision, store: ReleaseRecordStore) -> Iterator[str]:
    """Found only when they are asked for: of most revisions nobody has to know. Raises BadInput for what cannot be read."""
    yield from secret_leaves.of_revision(
        stored.files, stored.values, namespace=store.namespace, release=store.release
    )
    yield from secret_leaves.of_manifest(stored.manifest, stored.hooks)

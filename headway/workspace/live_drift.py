"""Where live objects are not what a revision says: one look, for status, board and comparison alike."""

from headway.clients.helm.storage import HelmStorage
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.formats import manifests
from headway.formats.known_secrets import kept_out_of_errors
from headway.workspace import revision_secrets


def of(store: ReleaseRecordStore, storage: HelmStorage, deployed: int | None) -> tuple[str, ...]:
    """A sentence for each object, of the revision that is `deployed`; none where none is.

    Errors say nothing that is secret in it. Raises Refused where these credentials may not ask, Unreachable, and BadInput
    where that revision has just gone.
    """
    if deployed is None:
        return ()
    stored = storage.get(deployed)
    resources = manifests.documents(stored.manifest)
    with kept_out_of_errors(revision_secrets.of(stored, store)):
        return tuple(map(str, store.cluster.drifted(resources, store.namespace, store.release)))

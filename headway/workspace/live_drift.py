"""Where live objects are not what a revision says: one look, for status, board and comparison alike."""

import json
import zlib

from headway.clients.helm.storage import HelmStorage
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.formats import manifests
from headway.formats.known_secrets import kept_out_of_errors
from headway.workspace import revision_secrets


def of(
    store: ReleaseRecordStore, storage: HelmStorage, deployed: int | None, objects: bytes = b""
) -> tuple[str, ...]:
    """A sentence for each object, of the revision that is `deployed`; none where none is.

    `objects`: what it holds, as packed JSON, where that is known; then Helm's storage is not asked, and what an error says may
    quote a secret. Else it quotes none. Raises Refused where these credentials may not ask, Unreachable, and BadInput where
    that revision has just gone.
    """
    if deployed is None:
        return ()
    place = store.namespace, store.release
    if objects:
        return tuple(map(str, store.cluster.drifted(json.loads(zlib.decompress(objects)), *place)))
    stored = storage.get(deployed)
    with kept_out_of_errors(revision_secrets.of(stored, store)):
        return tuple(map(str, store.cluster.drifted(manifests.documents(stored.manifest), *place)))
